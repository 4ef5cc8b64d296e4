package import Drift

/// A file of rows, read from front to back as text: an empty text is no value.
package struct TextRows: ~Copyable {
    /// As messages call the file.
    package let path: String
    package let header: [String]
    /// One of the two is there.
    private var csv: CSVReader?
    private var database: SQLiteRows?

    /// Opens what `leeway capture export` writes, or a CSV file; a SQLite database is known by its first bytes.
    ///
    /// - Parameter path: `-` reads CSV from standard input.
    package static func open(_ path: String) throws(TableError) -> TextRows {
        if SQLiteRows.isDatabase(path) { return TextRows(try SQLiteRows(path: path), path) }
        return TextRows(try CSVReader.open(path))
    }

    private init(_ reader: consuming CSVReader) {
        (path, header) = (reader.path, reader.header)
        csv = consume reader
        database = nil
    }

    private init(_ rows: SQLiteRows, _ path: String) {
        (self.path, header) = (path, rows.header)
        csv = nil
        database = rows
    }

    /// The next rows, column by column; `nil` at the end.
    package mutating func next(rows maximum: Int) throws(TableError) -> [TextColumn]? {
        if database != nil { return try database?.next(rows: maximum) ?? nil }
        return try csv?.next(rows: maximum) ?? nil
    }
}
