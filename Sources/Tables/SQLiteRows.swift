package import Drift
import Foundation
import GRDB

/// The table `rows` of a SQLite database, in the order it was written in.
package struct SQLiteRows {
    package let header: [String]
    private let path: String
    private let database: DatabaseQueue
    /// Columns of truth values: SQLite has them as 0 and 1.
    private let isTruth: [Bool]
    private var lastRow: Int64 = .min

    static func isDatabase(_ path: String) throws -> Bool {
        guard path != "-", let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
    }

    init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        self.path = path
        database = try DatabaseQueue(path: path, configuration: configuration)
        (header, isTruth) = try database.read { database in
            guard try database.tableExists("rows") else {
                throw DataProblem("\(path): has no table 'rows': is it a file of 'leeway capture export'?")
            }
            let header = try database.columns(in: "rows").map(\.name)
            let truths = try SQLiteRows.truths(database)
            return (header, header.map(truths.contains))
        }
    }

    /// The columns that only truth values were served in.
    private static func truths(_ database: Database) throws -> Set<String> {
        guard try database.tableExists("columns") else { return [] }
        return try String.fetchSet(database, sql: "SELECT name FROM columns WHERE datatypes = 'BOOL'")
    }

    package mutating func next(rows maximum: Int) throws -> [TextColumn]? {
        let (last, width) = (lastRow, header.count)
        var columns = Array(repeating: TextColumn(), count: width)
        lastRow = try database.read { database in
            var reached = last
            let rows = try Row.fetchCursor(
                database, sql: "SELECT rowid, * FROM rows WHERE rowid > ? ORDER BY rowid LIMIT ?",
                arguments: [last, min(maximum, Int(Int32.max))])
            while let row = try rows.next() {
                reached = row[0]
                for column in 0..<width { columns[column].append(text(row[column + 1], column)) }
            }
            return reached
        }
        return columns.first?.isEmpty ?? true ? nil : columns
    }

    /// As a CSV file would have it.
    private func text(_ value: DatabaseValue, _ column: Int) -> String {
        switch value.storage {
        case .null: ""
        case .int64(let number) where isTruth[column] && (0...1).contains(number):
            number == 0 ? "false" : "true"
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }
}
