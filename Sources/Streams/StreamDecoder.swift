package import Drift
import FoundationEssentials
package import ZeroMQ

/// Turns the messages of one model into batches of rows. No sockets, no clock: bytes in, rows or a reason out.
package struct StreamDecoder: ~Copyable {
    private var setup: DecoderSetup
    private let parser = JSONParser()
    private var rows = RowsDecoder()
    private var inputs = TensorDecoder(part: .features)
    private var predictions = TensorDecoder(part: .predictions)
    private var labels = TensorDecoder(part: .labels)

    /// - Parameters:
    ///   - schema: says what the answer and the label are called, and what the answer's classes are.
    ///   - features: names the columns of a `[N, F]` tensor of inputs.
    package init(
        schema: ModelSchema? = nil, features: [String]? = nil, limits: DecodingLimits = DecodingLimits()
    ) {
        setup = DecoderSetup(schema: schema, features: features, limits: limits)
    }

    /// For a model whose reference, and with it its schema, came later than its stream.
    package mutating func adopt(_ schema: ModelSchema) { setup.adopt(schema) }

    /// Reads one message and hands over its rows: none, one batch, or several where a `rows` message mixes.
    ///
    /// The batches are used again for the next message. Nothing is handed over of a message that is rejected.
    /// - Parameters:
    ///   - body: the index of the frame with the body. Frames behind it are binary tensors.
    package mutating func decode(
        _ kind: Topic.Kind, _ message: borrowing Message, body: Int,
        consume: (borrowing RowBatch) -> Void
    ) throws(Rejection) {
        guard body < message.count else { throw Rejection(.badFrames, "the message has no body") }
        try setup.limits.check(messageBytes: message.size)
        switch kind {
        case .inputs: try decodeTensors(.features, message, body, consume)
        case .predictions: try decodeTensors(.predictions, message, body, consume)
        case .labels: try decodeTensors(.labels, message, body, consume)
        case .rows: try decodeRows(message, body, consume)
        case .beacon: preconditionFailure("a beacon carries no rows")
        }
    }

    private mutating func decodeRows(
        _ message: borrowing Message, _ body: Int, _ consume: (borrowing RowBatch) -> Void
    ) throws(Rejection) {
        guard message.count == body + 1 else {
            throw Rejection(.badFrames, "there are \(message.count - body - 1) frames behind the body")
        }
        try message.withFrame(body) { (bytes) throws(Rejection) in
            try parser.parse(bytes) { (root) throws(Rejection) in try rows.decode(root, setup) }
        }
        rows.withRows(consume)
    }
}

// MARK: - Tensors

extension StreamDecoder {
    private mutating func decodeTensors(
        _ part: RowBatch.Parts, _ message: borrowing Message, _ body: Int,
        _ consume: (borrowing RowBatch) -> Void
    ) throws(Rejection) {
        switch try readTensors(part, message, body) {
        case .features: inputs.withRows(consume)
        case .predictions: predictions.withRows(consume)
        default: labels.withRows(consume)
        }
    }

    /// Returns which part it was: a CloudEvent says so itself.
    private mutating func readTensors(
        _ part: RowBatch.Parts, _ message: borrowing Message, _ body: Int
    ) throws(Rejection) -> RowBatch.Parts {
        let isAlone = message.count == body + 1
        return try message.withFrame(body) { (bytes) throws(Rejection) in
            let isWhole = !isAlone || bytes.withUInt8Span(endsLikeJSON)
            guard isWhole else { return try readTensors(part, message, body, bytes, bytes.jsonLength) }
            do throws(Rejection) {
                return try readTensors(part, message, body, bytes, bytes.byteCount)
            } catch {
                // The last byte of the last binary tensor may look like the end of JSON.
                let length = bytes.jsonLength
                guard isAlone, length < bytes.byteCount else { throw error }
                return try readTensors(part, message, body, bytes, length)
            }
        }
    }

    private mutating func readTensors(
        _ part: RowBatch.Parts, _ message: borrowing Message, _ body: Int, _ bytes: RawSpan, _ jsonLength: Int
    ) throws(Rejection) -> RowBatch.Parts {
        let (parser, binary) = (parser, BinaryTensors(of: message, body: body, jsonLength: jsonLength))
        return try parser.parse(bytes.extracting(0..<jsonLength)) { (root) throws(Rejection) in
            guard let event = try CloudEvent(root) else {
                try read(part, try TensorBody(root), message, binary)
                return part
            }
            switch event.payload {
            case .json(let data): try read(event.part, try TensorBody(data), message, binary, event)
            case .base64(let text): try readBase64(text, event)
            }
            return event.part
        }
    }

    private mutating func read(
        _ part: RowBatch.Parts, _ body: TensorBody, _ message: borrowing Message,
        _ binary: BinaryTensors, _ event: CloudEvent? = nil
    ) throws(Rejection) {
        switch part {
        case .features:
            try inputs.decode(body, in: message, binary: binary, setup: setup, event: event)
        case .predictions:
            try predictions.decode(body, in: message, binary: binary, setup: setup, event: event)
        default:
            try labels.decode(body, in: message, binary: binary, setup: setup, event: event)
        }
    }

    /// The inner body has a parser of its own: the outer document is still being read.
    private mutating func readBase64(_ text: JSONText, _ event: CloudEvent) throws(Rejection) {
        guard let data = Data(base64Encoded: text.string) else {
            throw Rejection(.wrongForm, "the data_base64 of the CloudEvent is not Base64")
        }
        let inner = Message([Array(data)])
        try inner.withFrame(0) { (bytes) throws(Rejection) in
            let length = bytes.jsonLength
            let binary = BinaryTensors(of: inner, body: 0, jsonLength: length)
            try JSONParser().parse(bytes.extracting(0..<length)) { (root) throws(Rejection) in
                try read(event.part, try TensorBody(root), inner, binary, event)
            }
        }
    }
}

extension RawSpan {
    fileprivate var jsonLength: Int { withUInt8Span(balancedJSONLength) }
}
