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
        let identity = [
            place.databaseValue, row.hash.key.databaseValue, row.id.databaseValue, row.index.databaseValue,
        ]
        statement.setUncheckedArguments(StatementArguments(identity + row.values))
        try statement.execute()
        return changesCount > 0
    }

    func update(_ row: JoinedRow, at place: Int64) throws {
        let statement = try cachedStatement(
            sql: "UPDATE captured SET (\(JoinedRow.columns)) = (\(JoinedRow.columnMarks)) WHERE place = ?")
        statement.setUncheckedArguments(StatementArguments(row.values + [place.databaseValue]))
        try statement.execute()
    }

    func row(withHash hash: UInt64) throws -> (place: Int64, row: JoinedRow)? {
        try Row.fetchOne(
            cachedStatement(
                sql: "SELECT place, key, id, position, \(JoinedRow.columns) FROM captured WHERE key = ?"),
            arguments: [hash.key]
        ).map { ($0["place"], JoinedRow($0)) }
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

    fileprivate var values: [DatabaseValue] {
        [
            Int64(parts.rawValue).databaseValue, arrival.databaseValue, time.databaseValue,
            origin.databaseValue, databaseText(version), databaseText(arm), databaseText(segment),
            (features?.layout).databaseValue, (features?.bytes).databaseValue, score.databaseValue,
            databaseText(`class`), (answer?.layout).databaseValue, (answer?.bytes).databaseValue,
            label?.databaseValue ?? .null, labelTime.databaseValue,
        ]
    }

    private var origin: Int64 {
        Int64(timeOrigin.rawValue | versionOrigin.rawValue << 2 | (hasOwnLabelTime ? 1 << 4 : 0))
    }

    /// From the columns of the table.
    init(_ row: Row) {
        let origin: Int64 = row["origin"]
        self.init(
            hash: UInt64(key: row["key"]), id: CapturedID(row["id"] as DatabaseValue), index: row["position"],
            parts: RowBatch.Parts(rawValue: UInt8(truncatingIfNeeded: row["parts"] as Int64)),
            arrival: row["arrival"], time: row["time"],
            timeOrigin: TimeOrigin(rawValue: Int(origin & 3)) ?? .labelArrival, version: row["version"],
            versionOrigin: VersionOrigin(rawValue: Int(origin >> 2 & 3)) ?? .none, arm: row["arm"],
            segment: row["segment"], features: Packed(row["layout"], row["features"]), score: row["score"],
            class: row["class"], answer: Packed(row["answer_layout"], row["answer"]),
            label: CapturedLabel(row["label"] as DatabaseValue), labelTime: row["label_time"],
            hasOwnLabelTime: origin & 1 << 4 != 0)
    }
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
