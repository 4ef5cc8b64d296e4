import Drift
import Foundation
import GRDB

/// The table `rows` of a SQLite database, in the order it was written in.
struct SQLiteRows {
    let header: [String]
    private let path: String
    private let database: DatabaseQueue
    /// Columns of truth values: SQLite has them as 0 and 1.
    private let isTruth: [Bool]
    private var lastRow: Int64 = .min

    static func isDatabase(_ path: String) -> Bool {
        guard path != "-", let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
    }

    init(path: String) throws(TableError) {
        (self.path, database) = (
            path, try reading(path) { try DatabaseQueue(path: path, configuration: limits) }
        )
        (header, isTruth) = try reading(path, in: database) { database in
            try database.checkRows(path)
            let header = try database.columns(in: "rows").map(\.name)
            let truths = try database.truths()
            return (header, header.map(truths.contains))
        }
    }

    mutating func next(rows maximum: Int) throws(TableError) -> [TextColumn]? {
        let (last, width, isTruth) = (lastRow, header.count, isTruth)
        let (reached, columns) = try reading(path, in: database) { database in
            var (reached, columns) = (last, Array(repeating: TextColumn(), count: width))
            let rows = try Row.fetchCursor(
                database, sql: "SELECT rowid, * FROM rows WHERE rowid > ? ORDER BY rowid LIMIT ?",
                arguments: [last, min(maximum, Int(Int32.max))])
            while let row = try rows.next() {
                reached = row[0]
                for column in 0..<width { columns[column].append(text(row[column + 1], isTruth[column])) }
            }
            return (reached, columns)
        }
        lastRow = reached
        return columns.first?.isEmpty ?? true ? nil : columns
    }
}

/// A file of others may say anything: nothing in it is run.
private let limits: Configuration = {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.prepareDatabase {
        try $0.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
    }
    return configuration
}()

/// As a CSV file would have it.
private func text(_ value: DatabaseValue, _ isTruth: Bool) -> String {
    switch value.storage {
    case .null: ""
    case .int64(let number) where isTruth && (0...1).contains(number): number == 0 ? "false" : "true"
    case .int64(let number): String(number)
    case .double(let number): String(number)
    case .string(let text): text
    case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
    }
}

extension Database {
    /// That `rows` is a plain table whose every cell is stored: a view's or a computed column's could be anything,
    /// and take for ever.
    fileprivate func checkRows(_ path: String) throws {
        guard
            let rows = try Row.fetchOne(
                self, sql: "SELECT type, rootpage FROM sqlite_schema WHERE name = 'rows'")
        else { throw TableError.foreignDatabase(path: path, reason: "has no table 'rows'") }
        guard rows["type"] == "table", (rows["rootpage"] as Int64? ?? 0) > 0 else {
            throw TableError.foreignDatabase(path: path, reason: "its 'rows' is not a table of its own")
        }
        for column in try Row.fetchAll(self, sql: "PRAGMA table_xinfo(rows)") {
            let name: String = column["name"]
            guard column["hidden"] == 0, name.lowercased() != "rowid" else {
                throw TableError.foreignDatabase(
                    path: path, reason: "its table 'rows' has a column '\(name)' that is not stored as it is")
            }
        }
    }

    /// The columns that only truth values were served in.
    fileprivate func truths() throws -> Set<String> {
        guard try tableExists("columns") else { return [] }
        return try String.fetchSet(self, sql: "SELECT name FROM columns WHERE datatypes = 'BOOL'")
    }
}

private func reading<Value>(
    _ path: String, in database: DatabaseQueue, _ body: (Database) throws -> Value
) throws(TableError) -> Value {
    try reading(path) { try database.read(body) }
}

private func reading<Value>(_ path: String, _ body: () throws -> Value) throws(TableError) -> Value {
    do {
        return try body()
    } catch let error as TableError {
        throw error
    } catch let error as DatabaseError {
        throw .damaged(path: path, reason: error.message ?? "\(error.resultCode)")
    } catch {
        throw .damaged(path: path, reason: "\(error)")
    }
}
