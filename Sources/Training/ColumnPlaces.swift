import Tables

/// The columns that a model is trained from, or scores.
struct ColumnPlaces {
    let features: [Int]
    private let columns: ExportedColumns
    private let path: String

    init(_ header: [String], features: [String], path: String) throws(DataProblem) {
        columns = ExportedColumns(header)
        self.path = path
        let found = features.map(columns.place(ofFeature:))
        let missing = zip(features, found).compactMap { $1 == nil ? $0 : nil }
        guard missing.isEmpty else {
            throw DataProblem(
                "\(path): has no column for \(missing.count == 1 ? "feature" : "features") \(listed(missing)); "
                    + "its columns are \(listed(header)): is the schema another model's?")
        }
        self.features = found.compactMap(\.self)
    }

    func place(of column: String) -> Int? { columns.place(of: column) }

    func label(_ name: String) throws(DataProblem) -> Int {
        guard let place = columns.place(ofLabel: name) else {
            throw DataProblem(
                "\(path): has no column '\(name)', which the schema calls the label, nor one called 'label'; "
                    + "its columns are \(listed(columns.header))")
        }
        return place
    }

    func time(_ name: String) throws(DataProblem) -> Int {
        guard let place = place(of: name) else {
            throw DataProblem(
                "\(path): has no column '\(name)' to tell its last rows by: name one by --time-column, or a --holdout"
            )
        }
        return place
    }
}
