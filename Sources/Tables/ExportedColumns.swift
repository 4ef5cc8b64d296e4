/// Which columns of a file hold what: those of a capture export, or the model's own names in any other file.
package struct ExportedColumns {
    package let header: [String]
    /// Whether the file is what `leeway capture export` writes.
    private let isExport: Bool

    package init(_ header: [String]) {
        self.header = header
        isExport = header.starts(with: ExportedColumns.first)
    }

    private static let first = ["id", "row", "time", "model_version", "arm", "segment"]
    private static let others = ["score", "class", "label", "label_time"]

    package func place(of column: String) -> Int? { header.firstIndex(of: column) }

    /// An export puts `feature.` before the name of a feature that another column has, in whatever case.
    package func place(ofFeature feature: String) -> Int? {
        let isTaken =
            isExport && (ExportedColumns.first + ExportedColumns.others).contains(feature.lowercased())
        if !isTaken, let place = place(of: feature) { return place }
        return isExport ? place(of: "feature." + feature) : nil
    }

    /// What an export calls the label; in any other file the schema's name comes first.
    package func place(ofLabel name: String) -> Int? {
        (isExport ? nil : place(of: name)) ?? place(of: "label")
    }
}
