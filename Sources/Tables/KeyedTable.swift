package import Drift

/// The rows of a CSV file by one of its columns. All of it is held, as text: what is in the file, and 8 bytes a cell.
package struct KeyedTable: TrainingRows {
    package let features: [String]
    package let withoutKey: Int
    private let columns: [TextColumn]
    private let keys: TextColumn
    private let index: TextIndex

    /// Reads a file, gzipped or plain.
    package init(path: String, key: String) throws(TableError) {
        var csv = try CSVReader.open(path)
        guard let place = csv.header.firstIndex(of: key) else {
            throw .missingColumn(path: csv.path, name: key, known: csv.header)
        }
        guard var columns = try csv.next(rows: .max) else { throw .noRows(path: csv.path) }
        var features = csv.header
        features.remove(at: place)
        let keys = columns.remove(at: place)
        (self.features, self.columns, self.keys) = (features, columns, keys)
        index = TextIndex(keys)
        withoutKey = (0..<keys.count).count { keys.range($0).isEmpty }
    }

    package var rowCount: Int { keys.count }

    package var repeatedKeys: Int {
        let distinct = withoutKey == 0 ? index.count : index.count - 1
        return rowCount - withoutKey - distinct
    }

    package func row(withKey key: [UInt8]) -> Int? {
        key.isEmpty ? nil : index.position(of: key.span, hash: stableHash(key.span))
    }

    package func key(ofRow row: Int) -> [UInt8] { Array(keys.bytes[keys.range(row)]) }

    package func cell(_ feature: Int, ofRow row: Int) -> TrainingCell {
        let column = columns[feature]
        return TrainingCell(
            text: column[row], number: parseNumber(column.bytes.span.extracting(column.range(row))))
    }
}
