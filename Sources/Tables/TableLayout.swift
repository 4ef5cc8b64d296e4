import Drift

/// Which columns of a table are what. Every column without another role is a feature.
package struct TableLayout: Sendable {
    package var time: String?
    package var id: String?
    package var prediction: String?
    package var label: String?
    package var modelVersion: String?
    /// Columns that are read over.
    package var ignored: Set<String> = []
    /// Whether every column without a role is read over.
    package var onlyNamed = false

    package init(
        time: String? = nil, id: String? = nil, prediction: String? = nil, label: String? = nil,
        modelVersion: String? = nil, ignored: Set<String> = []
    ) {
        (self.time, self.id, self.prediction, self.label) = (time, id, prediction, label)
        (self.modelVersion, self.ignored) = (modelVersion, ignored)
    }

    var named: [String] { [time, id, prediction, label, modelVersion].compactMap(\.self) }

    func part(of column: String) -> RowBatch.Parts? {
        if column == prediction { return .predictions }
        if column == label { return .labels }
        return onlyNamed || named.contains(column) || ignored.contains(column) ? nil : .features
    }
}
