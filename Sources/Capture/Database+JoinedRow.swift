import Drift
import Foundation
import GRDB

extension Database {
    /// - Returns: `false` when there is a row with the hash.
    func insert(_ row: JoinedRow, at place: Int64) throws -> Bool {
        let statement = try cachedStatement(
            sql: """
                INSERT INTO captured (place, key, id, position, \(JoinedRow.columns))
                VALUES (?, ?, ?, ?, \(JoinedRow.columnMarks)) ON CONFLICT (key) DO NOTHING
                """)
        try statement.execute { values in
            values.bind(place)
            values.bind(row.hash.key)
            values.bind(row.id)
            values.bind(row.index)
            row.bind(to: &values)
        }
        return changesCount > 0
    }

    func update(_ row: JoinedRow, at place: Int64) throws {
        let statement = try cachedStatement(
            sql: "UPDATE captured SET (\(JoinedRow.columns)) = (\(JoinedRow.columnMarks)) WHERE place = ?")
        try statement.execute { values in
            row.bind(to: &values)
            values.bind(place)
        }
    }

    /// As `update`, of a row of which only the label is new.
    func update(labelOf row: JoinedRow, at place: Int64) throws {
        let statement = try cachedStatement(
            sql: "UPDATE captured SET parts = ?, origin = ?, label = ?, label_time = ? WHERE place = ?")
        try statement.execute { values in
            values.bind(Int64(row.parts.rawValue))
            values.bind(row.origin)
            values.bind(row.label)
            values.bind(row.labelTime)
            values.bind(place)
        }
    }

    func row(withHash hash: UInt64) throws -> (place: Int64, row: JoinedRow)? {
        try Row.fetchOne(
            cachedStatement(
                sql: "SELECT \(JoinedRow.selection), place FROM captured WHERE key = ?"),
            arguments: [hash.key]
        ).map { ($0[19], JoinedRow($0)) }
    }

    /// Bytes of the pages that hold something.
    func usedBytes() throws -> Int64 {
        func number(_ pragma: String) throws -> Int64 {
            try Int64.fetchOne(cachedStatement(sql: "PRAGMA \(pragma)")) ?? 0
        }
        return try (number("page_count") - number("freelist_count")) * number("page_size")
    }
}

extension JoinedRow {
    fileprivate static let columns = """
        parts, arrival, time, origin, version, arm, segment, unit, layout, features, score, class, \
        answer_layout, answer, label, label_time
        """
    fileprivate static let columnMarks = Array(repeating: "?", count: 16).joined(separator: ", ")

    /// Binds the values of `columns`.
    fileprivate func bind(to values: inout Bindings) {
        for number in [Int64(parts.rawValue), arrival, time, origin] { values.bind(number) }
        for text in [version, arm, segment, unit] { values.bind(text) }
        values.bind(features?.layout)
        values.bind(features?.bytes)
        values.bind(score)
        values.bind(`class`)
        values.bind(answer?.layout)
        values.bind(answer?.bytes)
        values.bind(label)
        values.bind(labelTime)
    }

    fileprivate var origin: Int64 {
        Int64(timeOrigin.rawValue | versionOrigin.rawValue << 2 | (hasOwnLabelTime ? 1 << 4 : 0))
    }

    /// From `selection`, whose columns are read by their place: to look up names takes longer than to read.
    init(_ row: Row) {
        let origin: Int64 = row[6]
        self.init(
            hash: UInt64(key: row[0]), id: CapturedID(row[1] as DatabaseValue), index: row[2],
            parts: RowBatch.Parts(rawValue: UInt8(truncatingIfNeeded: row[3] as Int64)), arrival: row[4],
            time: row[5], timeOrigin: TimeOrigin(rawValue: Int(origin & 3)) ?? .labelArrival,
            version: row[7], versionOrigin: VersionOrigin(rawValue: Int(origin >> 2 & 3)) ?? .none,
            arm: row[8], segment: row[9], unit: row[10], features: Packed(row[11], row[12]), score: row[13],
            class: row[14], answer: Packed(row[15], row[16]), label: Truth(row[17] as DatabaseValue),
            labelTime: row[18], hasOwnLabelTime: origin & 1 << 4 != 0)
    }

    static let selection = "key, id, position, \(columns)"
}

extension JoinedRow.Packed {
    init?(_ layout: Int64?, _ bytes: Data?) {
        guard let layout else { return nil }
        // SQLite gives a blob without bytes back as one without content.
        self.init(layout: layout, bytes: bytes ?? Data())
    }
}

extension CapturedID {
    var databaseValue: DatabaseValue {
        switch self {
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    init(_ value: DatabaseValue) {
        switch value.storage {
        case .string(let text): self = .text(text)
        case .blob(let bytes): self = .bytes([UInt8](bytes))
        default: self = .bytes([])
        }
    }
}

/// Text as it is bound: SQLite's strings end at a NUL, so one that holds it goes as bytes.
func databaseText(_ text: String?) -> DatabaseValue {
    guard let text else { return .null }
    return text.utf8.contains(0) ? Data(text.utf8).databaseValue : text.databaseValue
}
