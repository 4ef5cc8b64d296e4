import Drift
import Tables

/// A CSV file, or an export in SQLite, held as text.
struct TextTableFile {
    let path: String
    let rows: Int
    private let header: [String]
    private let columns: [TextColumn]

    init(_ path: String) throws(TableError) {
        var file = try TextRows.open(path)
        guard let columns = try file.next(rows: .max) else { throw .noRows(path: file.path) }
        (self.path, header, self.columns, rows) = (file.path, file.header, columns, columns[0].count)
    }

    func column(_ name: String) -> TextColumn? { header.firstIndex(of: name).map { columns[$0] } }

    func required(_ name: String) throws(TableError) -> TextColumn {
        guard let column = column(name) else {
            throw .missingColumn(path: path, name: name, known: header)
        }
        return column
    }

    /// The column that was asked for; where none was, one of two names it usually has.
    func column(_ wanted: String?, or usual: String?, or last: String) throws(TableError) -> TextColumn {
        if let wanted { return try required(wanted) }
        if let column = usual.flatMap(column) { return column }
        return try required(last)
    }
}
