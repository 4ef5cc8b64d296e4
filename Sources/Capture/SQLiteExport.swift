import Drift
import Foundation
import GRDB

/// Writes rows as a SQLite database: the table `rows`; `columns` with the name and the datatypes of each feature;
/// and `dataset`, that says what it is. Times are RFC 3339.
struct SQLiteExport {
    let path: String

    /// What SQLite allows in a table; it could be built otherwise, but is not on its users' machines.
    private static let columnLimit = 2000

    func write(_ rows: ExportedRows, _ columns: ExportColumns) throws -> CaptureExport.Summary {
        let header = columns.header
        guard header.count <= SQLiteExport.columnLimit else { throw TooManyColumns(count: header.count) }
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        let summary = try queue.write { database in
            try createTables(header, database)
            try describe(columns, database)
            let summary = try insert(rows, columns, database)
            try describe(summary, rows.export, database)
            return summary
        }
        return summary
    }

    private func createTables(_ header: [String], _ database: Database) throws {
        // Without a type a column keeps each value as it is. Names are what was served: a statement of its own.
        let columns = header.map(\.databaseIdentifier).joined(separator: ", ")
        try database.makeStatement(sql: "CREATE TABLE rows (\(columns))").execute()
        try database.execute(
            sql: """
                CREATE TABLE columns (name TEXT NOT NULL, feature TEXT NOT NULL, part TEXT NOT NULL,
                    datatypes TEXT NOT NULL);
                CREATE TABLE dataset (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
                """)
    }

    private func describe(_ columns: ExportColumns, _ database: Database) throws {
        for (part, fields) in [("features", columns.features), ("prediction", columns.answer)] {
            for field in fields {
                try database.execute(
                    sql: "INSERT INTO columns VALUES (?, ?, ?, ?)",
                    arguments: [
                        field.header, databaseText(field.name), part,
                        field.datatypes.map(\.rawValue).joined(separator: " "),
                    ])
            }
        }
    }

    private func insert(
        _ rows: ExportedRows, _ columns: ExportColumns, _ database: Database
    ) throws -> CaptureExport.Summary {
        var tally = ExportTally(rows, columns)
        let marks = Array(repeating: "?", count: columns.header.count).joined(separator: ", ")
        let statement = try database.makeStatement(sql: "INSERT INTO rows VALUES (\(marks))")
        try rows.forEach { row in
            tally.add(row)
            statement.setUncheckedArguments(StatementArguments(values(row, columns)))
            try statement.execute()
        }
        return tally.finish()
    }

    private func values(_ row: CapturedRow, _ columns: ExportColumns) -> [DatabaseValue] {
        let before = [
            row.id.databaseValue, row.index.databaseValue, row.time.description.databaseValue,
            databaseText(row.version), databaseText(row.arm), databaseText(row.segment),
        ]
        let features = row.features.placed(in: columns.features).map { $0?.databaseValue ?? .null }
        let answer = row.answer.placed(in: columns.answer).map { $0?.databaseValue ?? .null }
        let label = [
            row.label?.databaseValue ?? .null, (row.labelTime?.description).databaseValue,
        ]
        return before + features + [row.score.databaseValue, databaseText(row.class)] + answer + label
    }

    private func describe(
        _ summary: CaptureExport.Summary, _ export: CaptureExport, _ database: Database
    ) throws {
        let facts: [(String, DatabaseValue)] = [
            ("model", databaseText(export.model)), ("sha256", summary.digest.databaseValue),
            ("rows", summary.rows.databaseValue), ("labelled", summary.labelled.databaseValue),
            ("from", (export.span.from?.description).databaseValue),
            ("to", (export.span.to?.description).databaseValue),
            ("sample_rate", summary.sampleRate.databaseValue),
        ]
        for (key, value) in facts {
            try database.execute(sql: "INSERT INTO dataset VALUES (?, ?)", arguments: [key, value])
        }
    }
}

extension CaptureExport {
    /// What a SQLite export says that is in it.
    package struct Contents: Sendable, Equatable {
        package var rows: Int
        /// As ``Summary/digest``.
        package var digest: String
    }
}

extension CaptureExport.Contents {
    /// - Throws: `UnreadableExport` when the file is none, or is damaged.
    package init(ofSQLite path: String) throws(UnreadableExport) {
        do {
            var configuration = Configuration()
            configuration.readonly = true
            let facts = try DatabaseQueue(path: path, configuration: configuration).read { database in
                try Row.fetchAll(database, sql: "SELECT key, value FROM dataset")
            }
            let values = Dictionary(facts.map { ($0["key"] as String, $0["value"] as DatabaseValue) }) {
                a, _ in a
            }
            guard let rows = values["rows"].flatMap(Int.fromDatabaseValue),
                let digest = values["sha256"].flatMap(String.fromDatabaseValue)
            else { throw UnreadableExport(path: path, reason: "it does not say what is in it") }
            (self.rows, self.digest) = (rows, digest)
        } catch let error as UnreadableExport {
            throw error
        } catch {
            throw UnreadableExport(path: path, reason: "\(error)")
        }
    }
}

/// Why a file is no export.
package struct UnreadableExport: Error, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path) is no export of captured rows: \(reason)" }
}

extension String {
    /// In quotes, those within doubled, which GRDB's own `quotedDatabaseIdentifier` leaves as they are.
    fileprivate var databaseIdentifier: String {
        "\"" + replacing("\"", with: "\"\"") + "\""
    }
}

struct TooManyColumns: Error, CustomStringConvertible {
    let count: Int

    var description: String {
        "a SQLite table has at most 2000 columns, these rows have \(count): export CSV"
    }
}

extension PackedValue {
    /// As SQLite keeps it: NaN, which it has not, and whole numbers from 2⁶³ as text; bytes that are no text as a
    /// blob.
    var databaseValue: DatabaseValue {
        switch content {
        case .null: return .null
        case .text(let bytes): return CapturedID(bytes).databaseValue
        case .bits: break
        }
        if let real { return real.isNaN ? "NaN".databaseValue : real.databaseValue }
        return integer?.databaseValue ?? decimal.databaseValue
    }
}
