import Drift
import ZeroMQ

/// Decodes the tensors of one kind of message into one batch, which it uses again for the next.
///
/// A model is sent the same tensors every time, so a column that has the name it had last time costs one
/// comparison, and no memory.
struct TensorDecoder {
    private var batch = RowBatch()
    /// The columns of this message so far; behind them, those of the last that are not yet replaced.
    private var cursor = 0
    private var hasNewColumns = false
    private var wide = WideNames()
    private var table = Column(name: "", part: [], datatype: .fp64, values: .real([]))
    private var rows: Int?

    private let part: RowBatch.Parts

    init(part: RowBatch.Parts) { self.part = part }

    mutating func decode(
        _ body: TensorBody, in message: borrowing Message, binary: consuming BinaryTensors,
        setup: DecoderSetup,
        event: CloudEvent? = nil
    ) throws(Rejection) {
        begin(body, id: event?.id ?? body.id)
        if let tensors = try body.tensors(for: part) {
            for tensor in tensors.elements { try read(tensor, &binary, message, setup) }
        } else {
            try setup.limits.check(rows: body.failedRows)
            (batch.parts, rows) = ([], body.failedRows)
        }
        try binary.checkAllRead(of: message)
        try finish()
        if body.saysHowServed { try batch.readServing(of: body) }
        if let time = body.time ?? event?.time {
            try EventTime.read(time, into: &batch.times, rows: batch.count)
        }
    }

    func withRows(_ consume: (borrowing RowBatch) -> Void) {
        if batch.count > 0 { consume(batch) }
    }

    private mutating func begin(_ body: TensorBody, id: JSONValue?) {
        (cursor, rows, hasNewColumns) = (0, nil, false)
        batch.times.removeAll(keepingCapacity: true)
        batch.ids.removeAll()
        batch.segments.removeAll()
        batch.removeServing()
        batch.parts = part
        if let segment = body.segment { batch.segments.append(spelling: segment) }
        batch.setVersion(body.modelVersion)
        if let id, id.text?.isEmpty != true { batch.ids.append(spelling: id) }
    }

    /// Drops the columns that the last message had and this one has not.
    private mutating func finish() throws(Rejection) {
        batch.columns.removeLast(batch.columns.count - cursor)
        batch.count = rows ?? 0
        guard hasNewColumns else { return }
        var seen: Set<String> = []
        for column in batch.columns where !seen.insert(column.name).inserted {
            throw Rejection(.wrongForm, "there are two columns \(Rejection.quote(column.name))")
        }
    }
}

// MARK: - Tensors

extension TensorDecoder {
    private mutating func read(
        _ tensor: JSONValue, _ binary: inout BinaryTensors, _ message: borrowing Message,
        _ setup: DecoderSetup
    ) throws(Rejection) {
        let header = try TensorHeader(tensor, limits: setup.limits)
        try agreeOnRows(header)
        if header.datatype == .bytes, header.width == 1, header.name == "id", !setup.idIsFeature {
            try table.read(header, &binary, message)
            try readIDs(header)
        } else if header.width == 1 {
            let index = try nextColumn(setup.limits) {
                header.name == $0
            } name: {
                header.name.string
            }
            try batch.columns[index].read(header, &binary, message)
        } else {
            try table.read(header, &binary, message)
            try dealTable(header, setup)
        }
    }

    private mutating func agreeOnRows(_ header: TensorHeader) throws(Rejection) {
        guard let rows, rows != header.rows else {
            rows = header.rows
            return
        }
        throw Rejection(
            .wrongShape,
            "tensor \(Rejection.quote(header.name)) has \(header.rows) rows, the tensors before it have \(rows)"
        )
    }

    private mutating func readIDs(_ header: TensorHeader) throws(Rejection) {
        guard case .text(let ids) = table.values, table.missing.isEmpty else {
            throw Rejection(.wrongType, "the tensor 'id' lacks the ids of some rows")
        }
        batch.ids.removeAll()
        batch.ids.append(bytes: ids.bytes.span, ends: ids.ends.span)
    }

    /// Deals the elements of a row-major table to its columns.
    private mutating func dealTable(_ header: TensorHeader, _ setup: DecoderSetup) throws(Rejection) {
        try wide.update(header, part: batch.parts, setup: setup)
        for (start, name) in wide.names.enumerated() {
            let index = try nextColumn(setup.limits) {
                name == $0
            } name: {
                name
            }
            batch.columns[index].gather(from: table, start: start, stride: header.width, rows: header.rows)
        }
    }

    /// The place of the next column: as it was for the last message, if it had that name.
    private mutating func nextColumn(
        _ limits: DecodingLimits, isNamed: (String) -> Bool, name: () -> String
    ) throws(Rejection) -> Int {
        defer { cursor += 1 }
        if cursor < batch.columns.count, isNamed(batch.columns[cursor].name) { return cursor }
        try limits.check(columns: cursor + 1)
        hasNewColumns = true
        let column = Column(name: name(), part: batch.parts, datatype: .fp64, values: .real([]))
        if cursor < batch.columns.count {
            batch.columns[cursor] = column
        } else {
            batch.columns.append(column)
        }
        return cursor
    }
}

extension Column {
    fileprivate mutating func read(
        _ header: TensorHeader, _ binary: inout BinaryTensors, _ message: borrowing Message
    ) throws(Rejection) {
        switch header.source {
        case .json(let data): try read(header, json: data)
        case .binary(let size): try binary.read(header, size: size, from: message, into: &self)
        }
    }
}

/// The names of the columns of the wide tensor last met: made once, compared from then on.
private struct WideNames {
    private var tensor = ""
    private(set) var names: [String] = []

    mutating func update(
        _ header: TensorHeader, part: RowBatch.Parts, setup: DecoderSetup
    ) throws(Rejection) {
        if part == .features {
            names = try configured(header, setup)
            return
        }
        if header.name == tensor && names.count == header.width { return }
        tensor = header.name.string
        names = setup.indexedNames(of: tensor, width: header.width)
    }

    private func configured(_ header: TensorHeader, _ setup: DecoderSetup) throws(Rejection) -> [String] {
        let extent = "tensor \(Rejection.quote(header.name)) has \(header.width) columns"
        guard let features = setup.features else {
            throw Rejection(.wrongShape, "\(extent): name them by `features` in the stream's configuration")
        }
        guard features.count == header.width else {
            throw Rejection(.wrongShape, "\(extent), the stream's `features` name \(features.count)")
        }
        return features
    }
}
