package import Drift
import Tables

/// Makes datasets of several agents one: the labelled rows from a moment on, each once.
///
/// A row is known by its id and its index in the request: agents that listen to the same stream have the same rows, and
/// the first dataset's is kept. The union has all columns of all datasets; what a dataset has not is empty in its rows.
package struct DatasetUnion {
    package var datasets: [String]
    package var schema: TrainingSchema
    /// Rows before it are left out.
    package var from: Timestamp
    package var timeColumn = "time"

    package static let rowsName = "rows.csv"
    /// The rows without their labels: what models are asked about.
    package static let questionsName = "questions.csv"

    package init(_ datasets: [String], _ schema: TrainingSchema, from: Timestamp) {
        (self.datasets, self.schema, self.from) = (datasets, schema, from)
    }

    /// Rows by what became of them.
    package struct Summary: Codable, Equatable, Sendable {
        package var rows: Int
        package var unlabelled: Int
        package var early: Int
        /// Of which another dataset, or the same, had one of the same id.
        package var repeated: Int

        package init(rows: Int = 0, unlabelled: Int = 0, early: Int = 0, repeated: Int = 0) {
            (self.rows, self.unlabelled, self.early, self.repeated) = (rows, unlabelled, early, repeated)
        }
    }

    /// Writes `rows.csv` and `questions.csv` into a folder that is there.
    ///
    /// - Throws: `DataProblem` or `TableError` for datasets that are not what they should be.
    package func write(to folder: String) throws -> Summary {
        let header = try unitedHeader()
        let answers = try Set([ColumnPlaces(header, features: [], path: folder).label(schema.label)])
            .union(header.indices.filter { header[$0] == "label_time" })
        let questions = header.indices.filter { !answers.contains($0) }
        var rows = try TableWriter.open("\(folder)/\(DatasetUnion.rowsName)", header: header)
        var asked = try TableWriter.open(
            "\(folder)/\(DatasetUnion.questionsName)", header: questions.map { header[$0] })
        var sieve = RowSieve()
        for path in datasets {
            var file = try TextRows.open(path)
            let part = try DatasetPart(path, file.header, self, of: header)
            var line = 0
            while let block = try file.next(rows: DatasetUnion.blockSize) {
                for row in 0..<block[0].count {
                    line += 1
                    guard try sieve.keeps(part, block, row, line: line) else { continue }
                    let cells = part.cells(block, row)
                    try rows.append(cells)
                    try asked.append(questions.map { cells[$0] })
                }
            }
        }
        try rows.finish()
        try asked.finish()
        return sieve.summary
    }

    private static let blockSize = 1 << 14

    /// Columns in the order in which they first come.
    private func unitedHeader() throws -> [String] {
        var header: [String] = []
        for path in datasets {
            let file = try TextRows.open(path)
            header += file.header.filter { !header.contains($0) }
        }
        return header
    }
}

/// Where a dataset has what the union needs of it.
private struct DatasetPart {
    let path: String
    let from: Timestamp
    let timeColumn: String
    let label: Int
    let time: Int
    /// Columns that a row is known by; none where it has no id.
    let names: [Int]
    /// Of the union's columns, where they are here.
    private let places: [Int?]

    init(_ path: String, _ own: [String], _ union: DatasetUnion, of header: [String]) throws(DataProblem) {
        let columns = try ColumnPlaces(own, features: [], path: path)
        (self.path, from, timeColumn) = (path, union.from, union.timeColumn)
        label = try columns.label(union.schema.label)
        time = try columns.time(union.timeColumn)
        names = columns.place(of: "id").map { [$0] + [columns.place(of: "row")].compactMap(\.self) } ?? []
        places = header.map(columns.place(of:))
    }

    func cells(_ block: [TextColumn], _ row: Int) -> [ArraySlice<UInt8>] {
        places.map { place in place.map { block[$0].bytes[block[$0].range(row)] } ?? [] }
    }
}

/// Lets the rows through that belong to the union, each once.
private struct RowSieve {
    private(set) var summary = DatasetUnion.Summary()
    private var seen: Set<[UInt8]> = []

    mutating func keeps(
        _ part: DatasetPart, _ block: [TextColumn], _ row: Int, line: Int
    ) throws(DataProblem) -> Bool {
        if isUnlabelled(block[part.label], row) {
            summary.unlabelled += 1
        } else if try moment(part, block[part.time][row], line) < part.from {
            summary.early += 1
        } else if !isNew(part, block, row) {
            summary.repeated += 1
        } else {
            summary.rows += 1
            return true
        }
        return false
    }

    private func moment(_ part: DatasetPart, _ text: String, _ line: Int) throws(DataProblem) -> Timestamp {
        guard let moment = parseTime(text) else {
            throw DataProblem(
                "\(part.path): row \(line): '\(text)' in column '\(part.timeColumn)' is neither RFC 3339 nor a Unix time"
            )
        }
        return moment
    }

    private mutating func isNew(_ part: DatasetPart, _ block: [TextColumn], _ row: Int) -> Bool {
        guard !part.names.isEmpty else { return true }
        let name = part.names.reduce(into: [UInt8]()) { name, column in
            name += block[column].bytes[block[column].range(row)] + [0]
        }
        return seen.insert(name).inserted
    }
}
