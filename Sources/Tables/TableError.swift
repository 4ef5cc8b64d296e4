/// Why a table cannot be read; says where.
package enum TableError: Error, Equatable, CustomStringConvertible {
    case cannotOpen(path: String, reason: String)
    case damaged(path: String, reason: String)
    /// A SQLite database that is no export.
    case foreignDatabase(path: String, reason: String)
    case noHeader(path: String)
    case noRows(path: String)
    case duplicateColumn(path: String, name: String)
    case missingColumn(path: String, name: String, known: [String])
    case fieldCount(path: String, line: Int, expected: Int, found: Int)
    case unterminatedQuote(path: String, line: Int)
    case notATime(path: String, row: Int, column: String, text: String)

    package var description: String {
        switch self {
        case .cannotOpen(let path, let reason): "\(path): cannot be opened: \(reason)"
        case .damaged(let path, let reason): "\(path): cannot be read to its end: \(reason)"
        case .foreignDatabase(let path, let reason):
            "\(path): \(reason): is it a file of 'leeway capture export'?"
        case .noHeader(let path): "\(path): is empty; its first line should name the columns"
        case .noRows(let path): "\(path): has a header and no rows"
        case .duplicateColumn(let path, let name): "\(path):1: column '\(name)' stands twice in the header"
        case .missingColumn(let path, let name, let known):
            "\(path):1: there is no column '\(name)'; the columns are \(known.joined(separator: ", ").prefix(1000))"
        case .fieldCount(let path, let line, let expected, let found):
            "\(path):\(line): has \(found) fields where the header has \(expected)"
        case .unterminatedQuote(let path, let line): "\(path):\(line): a quote is opened and never closed"
        case .notATime(let path, let row, let column, let text):
            "\(path): row \(row): '\(text)' in time column '\(column)' is neither RFC 3339 nor a Unix time"
        }
    }
}
