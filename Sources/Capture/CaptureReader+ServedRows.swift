package import Drift
import GRDB

extension CaptureReader {
    /// Takes the rows of a span into a value, one by one in order of their time; never more than one is held. Rows
    /// whose features have not come are left out.
    package func reduceRows<Result: Sendable>(
        of span: CaptureSpan, into initial: Result,
        _ update: @escaping @Sendable (inout Result, ServedRow) throws -> Void
    ) async throws -> Result {
        try await reduce(span, with: .features, into: initial) {
            try update(&$0, ServedRow($2.unpack($1)))
        }
    }

    /// Takes the rows of a span that have a part into a value, one by one in order of their time.
    ///
    /// - Parameter condition: what else must hold of them, in SQL.
    func reduce<Result: Sendable>(
        _ span: CaptureSpan, with part: RowBatch.Parts, and condition: String = "TRUE", into initial: Result,
        _ update: @escaping @Sendable (inout Result, JoinedRow, RowUnpacker) throws -> Void
    ) async throws -> Result {
        try await database.read { database in
            let within = span.condition(try database.sample())
            let unpacker = try RowUnpacker(database)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(JoinedRow.selection) FROM captured
                    WHERE \(within.sql) AND parts & \(part.rawValue) != 0 AND \(condition)
                    ORDER BY time, key
                    """, arguments: within.arguments)
            var result = initial
            while let row = try rows.next() { try update(&result, JoinedRow(row), unpacker) }
            return result
        }
    }
}

extension ServedRow {
    fileprivate init(_ row: CapturedRow) {
        self.init(
            id: row.id.utf8, index: row.index, time: row.time, version: row.version,
            features: row.features.map {
                ServedRow.Feature(
                    name: $0.name, datatype: $0.value.datatype, value: SkewValue($0.value))
            })
    }
}

extension SkewValue {
    fileprivate init(_ value: PackedValue) {
        switch value.content {
        case .null: self = .null
        case .text(let bytes): self.init(text: String(decoding: bytes, as: UTF8.self))
        case .bits(let bits): self.init(number: value.real ?? value.integer.map(Double.init) ?? Double(bits))
        }
    }
}
