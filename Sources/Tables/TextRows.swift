package import Drift
import Tables

/// A file of rows, read from front to back as text: an empty text is no value.
package struct TextRows: ~Copyable {
    package let header: [String]
    /// One of the two is there.
    private var csv: CSVReader?
    private var database: SQLiteRows?

    /// Opens what `leeway capture export` writes, or a CSV file; a SQLite database is known by its first bytes.
    package static func open(_ path: String) throws -> TextRows {
        if try SQLiteRows.isDatabase(path) { return TextRows(try SQLiteRows(path: path)) }
        return TextRows(try CSVReader.open(path))
    }

    private init(_ reader: consuming CSVReader) {
        header = reader.header
        csv = consume reader
        database = nil
    }

    private init(_ rows: SQLiteRows) {
        header = rows.header
        csv = nil
        database = rows
    }

    /// The next rows, column by column; `nil` at the end.
    package mutating func next(rows maximum: Int) throws -> [TextColumn]? {
        if let block = try database?.next(rows: maximum) { return block }
        return try csv?.next(rows: maximum) ?? nil
    }
}
