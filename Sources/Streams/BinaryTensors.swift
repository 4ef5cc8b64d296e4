import Drift
import ZeroMQ

/// Where a message keeps its binary tensors, and which of them is next: frames behind the body, or the bytes
/// of the body behind its JSON.
struct BinaryTensors {
    private let body: Int
    private let isSeparate: Bool
    private var frame: Int
    private var offset: Int

    /// `jsonLength` is the length of the body's JSON.
    init(of message: borrowing Message, body: Int, jsonLength: Int) {
        self.body = body
        isSeparate = message.count > body + 1
        frame = isSeparate ? body + 1 : body
        offset = isSeparate ? 0 : jsonLength
    }

    mutating func read(
        _ header: TensorHeader, size: Int, from message: borrowing Message, into column: inout Column
    ) throws(Rejection) {
        let range = try next(header, size, message)
        try message.withFrame(range.frame) { (bytes) throws(Rejection) in
            try column.read(header, binary: bytes.extracting(range.bytes))
        }
    }

    private mutating func next(
        _ header: TensorHeader, _ size: Int, _ message: borrowing Message
    ) throws(Rejection) -> (frame: Int, bytes: Range<Int>) {
        let available = frame < message.count ? message.size(of: frame) - offset : 0
        guard frame < message.count, available > 0 || size == 0 else { throw header.missingBytes(size) }
        guard isSeparate ? available == size : available >= size else {
            throw header.wrongSize(size, available: available)
        }
        defer { if isSeparate { frame += 1 } else { offset += size } }
        return (frame, offset..<offset + size)
    }

    /// What no tensor asked for is a sign that publisher and header disagree about all of it.
    func checkAllRead(of message: borrowing Message) throws(Rejection) {
        if isSeparate {
            let spare = message.count - frame
            guard spare == 0 else {
                throw Rejection(.badFrames, "there are \(spare) frames more than binary tensors")
            }
        } else {
            let spare = message.size(of: body) - offset
            guard spare == 0 else {
                throw Rejection(.badFrames, "the body has \(spare) bytes behind its last tensor")
            }
        }
    }
}

extension TensorHeader {
    fileprivate func missingBytes(_ size: Int) -> Rejection {
        Rejection(
            .missingTensorData, "the \(size) bytes of tensor \(Rejection.quote(name)) are not in the message")
    }

    fileprivate func wrongSize(_ size: Int, available: Int) -> Rejection {
        Rejection(
            .badTensorData,
            "tensor \(Rejection.quote(name)) states a binary_data_size of \(size), there are \(available) bytes"
        )
    }
}
