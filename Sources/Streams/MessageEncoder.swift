package import Drift

/// Writes batches of rows as the messages that a service would have sent.
package struct MessageEncoder: Sendable {
    package enum Format: String, CaseIterable, Sendable {
        case rows
        case oipJSON = "oip-json"
        /// Each tensor in a frame of its own.
        case oipBinary = "oip-binary"
    }

    package struct Encoded: Equatable, Sendable {
        package var kind: Topic.Kind
        /// The body, and behind it the binary tensors.
        package var frames: [[UInt8]]
    }

    private let format: Format
    private let model: String

    package init(_ format: Format, model: String) {
        (self.format, self.model) = (format, model)
    }

    /// One message of `rows`; or in the protocol's forms one for each part that the batch has.
    package func encode(_ batch: borrowing RowBatch) -> [Encoded] {
        switch format {
        case .rows: [Encoded(kind: .rows, frames: [rowsBody(batch)])]
        case .oipJSON, .oipBinary: batch.kinds.map { tensors(batch, $0.part, $0.kind) }
        }
    }
}

extension RowBatch {
    fileprivate var kinds: [(part: Parts, kind: Topic.Kind)] {
        [(.features, .inputs), (.predictions, .predictions), (.labels, .labels)].filter {
            parts.contains($0.part)
        }
    }
}

// MARK: - Rows

extension MessageEncoder {
    private func rowsBody(_ batch: borrowing RowBatch) -> [UInt8] {
        var json = JSONWriter()
        if batch.count == 1 {
            row(0, of: batch, &json)
        } else {
            for row in 0..<batch.count {
                json.raw(row == 0 ? "[" : ",")
                self.row(row, of: batch, &json)
            }
            json.raw(batch.count == 0 ? "[]" : "]")
        }
        return json.bytes
    }

    private func row(_ row: Int, of batch: borrowing RowBatch, _ json: inout JSONWriter) {
        json.raw("{")
        var separator = ""
        func member(_ key: String) {
            json.raw("\(separator)\"\(key)\":")
            separator = ","
        }
        if let id = batch.id(ofRow: row) {
            member("id")
            json.string(id)
        }
        if let time = batch.time(ofRow: row) {
            member("time")
            json.string(time.description)
        }
        if let version = batch.modelVersion {
            member("model_version")
            json.string(version)
        }
        for (part, key) in [
            (RowBatch.Parts.features, "features"), (.predictions, "prediction"), (.labels, "label"),
        ]
        where batch.parts.contains(part) {
            member(key)
            json.list(batch.columns.lazy.filter { $0.part == part }, "{", "}") { json, column in
                json.string(column.name)
                json.raw(":")
                json.cell(column, row)
            }
        }
        json.raw("}")
    }
}

extension RowBatch {
    fileprivate func id(ofRow row: Int) -> ArraySlice<UInt8>? {
        ids.isEmpty ? nil : ids.bytes[ids.range(ids.count == 1 ? 0 : row)]
    }
}

// MARK: - The Open Inference Protocol

extension MessageEncoder {
    private func tensors(_ batch: borrowing RowBatch, _ part: RowBatch.Parts, _ kind: Topic.Kind) -> Encoded {
        var json = JSONWriter()
        var frames: [[UInt8]] = []
        let rows = batch.count
        json.raw("{")
        if batch.ids.count == 1 {
            json.raw("\"id\":")
            json.string(batch.ids.bytes)
            json.raw(",")
        }
        json.raw("\"model_name\":")
        json.string(model)
        if let version = batch.modelVersion {
            json.raw(",\"model_version\":")
            json.string(version)
        }
        writeTimes(batch.times, &json)
        let ids = batch.ids.count > 1 ? [Column(ids: batch.ids)] : []
        json.list(
            ids + batch.columns.filter { $0.part == part },
            part == .features ? ",\"inputs\":[" : ",\"outputs\":[", "]}"
        ) {
            tensor($1, rows, &$0, &frames)
        }
        return Encoded(kind: kind, frames: [json.bytes] + frames)
    }

    private func writeTimes(_ times: [Timestamp?], _ json: inout JSONWriter) {
        guard !times.isEmpty else { return }
        json.raw(",\"parameters\":{\"time\":")
        if times.count == 1, let time = times[0] {
            json.string(time.description)
        } else {
            json.list(times, "[", "]") { json, time in
                if let time { json.string(time.description) } else { json.raw("null") }
            }
        }
        json.raw("}")
    }

    /// A binary tensor cannot lack values, so a column that does is written as JSON beside the others.
    private func tensor(_ column: Column, _ rows: Int, _ json: inout JSONWriter, _ frames: inout [[UInt8]]) {
        json.raw("{\"name\":")
        json.string(column.name)
        json.raw(",\"shape\":[\(rows)],\"datatype\":\"\(column.datatype.rawValue)\"")
        if format == .oipBinary && !column.missing.contains(true) {
            let bytes = column.binary
            frames.append(bytes)
            json.raw(",\"parameters\":{\"binary_data_size\":\(bytes.count)}}")
        } else {
            json.list(0..<rows, ",\"data\":[", "]}") { $0.cell(column, $1) }
        }
    }
}

extension Column {
    fileprivate init(ids: TextColumn) {
        self.init(name: "id", part: [], datatype: .bytes, values: .text(ids))
    }

    fileprivate var binary: [UInt8] {
        var bytes: [UInt8] = []
        switch values {
        case .real(let values):
            bytes.reserveCapacity(values.count * 8)
            for value in values { bytes.append(value, as: datatype) }
        case .integer(let values):
            bytes.reserveCapacity(values.count * 8)
            for value in values { bytes.append(littleEndian: value, count: datatype.byteCount ?? 8) }
        case .text(let values):
            for i in 0..<values.count {
                let range = values.range(i)
                bytes.append(littleEndian: Int64(range.count), count: 4)
                bytes.append(contentsOf: values.bytes[range])
            }
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ value: Double, as datatype: Datatype) {
        switch datatype {
        case .fp16: append(littleEndian: Int64(Float16(value).bitPattern), count: 2)
        case .bf16: append(littleEndian: Int64(Float(value).bitPattern >> 16), count: 2)
        case .fp32: append(littleEndian: Int64(Float(value).bitPattern), count: 4)
        default: append(littleEndian: Int64(bitPattern: value.bitPattern), count: 8)
        }
    }

    fileprivate mutating func append(littleEndian value: Int64, count: Int) {
        for i in 0..<count { append(UInt8(truncatingIfNeeded: value >> (8 * Int64(i)))) }
    }
}
