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
        var values: [(any DatabaseValueConvertible)?] = []
        values.reserveCapacity(19)
        values += [place, row.hash.key, row.id.databaseValue, row.index]
        row.append(to: &values)
        statement.setUncheckedArguments(StatementArguments(values))
        try statement.execute()
        return changesCount > 0
    }

    func update(_ row: JoinedRow, at place: Int64) throws {
        let statement = try cachedStatement(
            sql: "UPDATE captured SET (\(JoinedRow.columns)) = (\(JoinedRow.columnMarks)) WHERE place = ?")
        var values: [(any DatabaseValueConvertible)?] = []
        row.append(to: &values)
        values.append(place)
        statement.setUncheckedArguments(StatementArguments(values))
        try statement.execute()
    }

    /// As `update`, of a row of which only the label is new.
    func update(labelOf row: JoinedRow, at place: Int64) throws {
        let statement = try cachedStatement(
            sql: "UPDATE captured SET parts = ?, origin = ?, label = ?, label_time = ? WHERE place = ?")
        statement.setUncheckedArguments([
            Int64(row.parts.rawValue), row.origin, row.label?.databaseValue, row.labelTime, place,
        ])
        try statement.execute()
    }

    func row(withHash hash: UInt64) throws -> (place: Int64, row: JoinedRow)? {
        try Row.fetchOne(
            cachedStatement(
                sql: "SELECT \(JoinedRow.selection), place FROM captured WHERE key = ?"),
            arguments: [hash.key]
        ).map { ($0[18], JoinedRow($0)) }
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
        parts, arrival, time, origin, version, arm, segment, layout, features, score, class, \
        answer_layout, answer, label, label_time
        """
    fileprivate static let columnMarks = Array(repeating: "?", count: 15).joined(separator: ", ")

    /// Appends the values of `columns`. They are put in a list of any values one by one: to map or to cast a list
    /// of database values takes GRDB longer than SQLite takes to store them.
    fileprivate func append(to values: inout [(any DatabaseValueConvertible)?]) {
        values += [
            Int64(parts.rawValue), arrival, time, origin, databaseText(version), databaseText(arm),
            databaseText(segment), features?.layout, features?.bytes, score, databaseText(`class`),
            answer?.layout, answer?.bytes, label?.databaseValue, labelTime,
        ]
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
            arm: row[8], segment: row[9], features: Packed(row[10], row[11]), score: row[12],
            class: row[13], answer: Packed(row[14], row[15]), label: Truth(row[16] as DatabaseValue),
            labelTime: row[17], hasOwnLabelTime: origin & 1 << 4 != 0)
    }

    static let selection = "key, id, position, \(columns)"
}

extension JoinedRow.Packed {
    fileprivate init?(_ layout: Int64?, _ bytes: Data?) {
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
