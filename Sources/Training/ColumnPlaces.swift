import Drift

/// Which columns of a file hold what: those of a capture export, or the schema's own names in any other file.
struct ColumnPlaces {
    let features: [Int]
    private let header: [String]
    private let path: String

    init(_ header: [String], features: [String], path: String) throws(DataProblem) {
        (self.header, self.path) = (header, path)
        let found = features.map { ColumnPlaces.place(of: $0, in: header) }
        let missing = zip(features, found).compactMap { $1 == nil ? $0 : nil }
        guard missing.isEmpty else {
            throw DataProblem(
                "\(path): has no column for \(missing.count == 1 ? "feature" : "features") \(listed(missing)); "
                    + "its columns are \(listed(header)): is the schema another model's?")
        }
        self.features = found.compactMap(\.self)
    }

    /// An export puts `feature.` before the name of a feature that another column has, in whatever case.
    private static func place(of feature: String, in header: [String]) -> Int? {
        let isExport = header.starts(with: exportColumns)
        let isTaken = isExport && (exportColumns + otherExportColumns).contains(feature.lowercased())
        if !isTaken, let place = header.firstIndex(of: feature) { return place }
        return isExport ? header.firstIndex(of: "feature." + feature) : nil
    }

    private static let exportColumns = ["id", "row", "time", "model_version", "arm", "segment"]
    private static let otherExportColumns = ["score", "class", "label", "label_time"]

    func place(of column: String) -> Int? { header.firstIndex(of: column) }

    /// What an export calls the label; in any other file the schema's name comes first.
    func label(_ name: String) throws(DataProblem) -> Int {
        let isExport = header.starts(with: ColumnPlaces.exportColumns)
        guard let place = (isExport ? nil : place(of: name)) ?? place(of: "label") else {
            throw DataProblem(
                "\(path): has no column '\(name)', which the schema calls the label, nor one called 'label'; "
                    + "its columns are \(listed(header))")
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
