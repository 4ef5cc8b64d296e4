package import Statistics

/// Why nothing can be judged.
package enum GateError: Error, Equatable, Sendable {
    case noFloors
    case policy(key: String, rule: String)
    /// The policy names a metric that such a model does not have.
    case metric(PerformanceMetric, key: String, task: GateTask)
    case noRows
    case count(of: String, found: Int, expected: Int)
    case notFinite(String, row: Int)
    case label(Double, row: Int)
    case oneClass(label: Int, rows: Int)
    case notAProbability(PerformanceMetric, model: String, score: Double, row: Int)
    case tooManyClasses(Int)
    case slice(String, row: Int, rows: Int)
    case split(String)
    /// Moments in nanoseconds.
    case emptyHoldout(rows: Int, from: Int64, to: Int64)
    case nothingToTrainOn(rows: Int, before: Int64)
}

extension GateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noFloors:
            "the gate's policy has no floors: without one every candidate would pass; "
                + "give at least one, like floors = { auc = 0.6 }"
        case .policy(let key, let rule): "the gate's policy: \(key) \(rule)"
        case .metric(let metric, let key, let task):
            "the gate's policy: \(key) names \(metric.rawValue), which no \(task.rawValue) model has; "
                + "use one of \(task.metrics.map(\.rawValue).joined(separator: ", "))"
        case .noRows: "the holdout has no rows: choose a longer one, or wait until labels are in"
        case .count(let what, let found, let expected):
            "\(what): \(found) for \(expected) rows of the holdout; each row needs exactly one"
        case .notFinite(let what, let row):
            "\(what) of row \(row) is no finite number: leave such rows out of the holdout for both models"
        case .label(let label, let row):
            "the label of row \(row) is \(label): labels of a binary model are 0 or 1"
        case .oneClass(let label, let rows):
            "all \(rows) labels of the holdout are \(label): a classifier cannot be judged on one class; "
                + "choose a longer holdout"
        case .notAProbability(let metric, let model, let score, let row):
            "\(metric.rawValue) needs probabilities, but the \(model)'s score of row \(row) is \(score): "
                + "calibrate the model, or let the policy ask for auc alone"
        case .tooManyClasses(let count):
            "\(count) classes in a multiclass holdout, more than \(GateRows.mostClasses): is this a regression?"
        case .slice(let name, let row, let rows):
            "slice \(name) holds row \(row), but the holdout has rows 0 to \(rows - 1)"
        case .split(let reason): reason
        case .emptyHoldout(let rows, let from, let to):
            "no row of \(rows) lies in the holdout, \(from) to \(to) ns: "
                + "rows are older, or too new to have their labels; choose a longer holdout"
        case .nothingToTrainOn(let rows, let before):
            "no row of \(rows) is older than the gap before the holdout, which begins at \(before) ns: "
                + "choose a shorter holdout, or wait for more rows"
        }
    }
}
