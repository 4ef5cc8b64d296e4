import Drift
import Tables

/// Where in a training set's file the columns stand that are read.
struct TrainingSetColumns {
    /// In the schema's order.
    let features: [Int]
    let label: Int
    let time: Int?
    /// When each label became known; exports have it.
    let labelTime: Int?
    private let header: [String]

    init(_ header: [String], _ schema: ModelSchema, timeColumn: String?, path: String) throws {
        let columns = ExportedColumns(header)
        let features = try schema.features.map { feature in
            guard let place = columns.place(ofFeature: feature.name) else {
                throw TableError.missingColumn(path: path, name: feature.name, known: header)
            }
            return place
        }
        let labelName = schema.label?.tensor ?? "label"
        guard let label = columns.place(ofLabel: labelName) else {
            throw TableError.missingColumn(path: path, name: labelName, known: header)
        }
        if let timeColumn, columns.place(of: timeColumn) == nil {
            throw TableError.missingColumn(path: path, name: timeColumn, known: header)
        }
        (self.features, self.label) = (features, label)
        time = columns.place(of: timeColumn ?? "time").flatMap {
            timeColumn == nil && features.contains($0) ? nil : $0
        }
        labelTime = columns.place(of: "label_time")
        self.header = header
    }

    func name(_ column: Int) -> String { header[column] }
}
