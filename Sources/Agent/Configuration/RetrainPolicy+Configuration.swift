import ConfigurationFile
import Drift
import Retraining

extension RetrainPolicy {
    /// Alerts that may propose.
    private enum Kind: String, CaseIterable { case data, prediction, concept }

    /// Reads a `[stream.retrain]`.
    ///
    /// - Parameter hasLabels: the stream captures rows, without which nothing is known of concept drift.
    init(_ table: ConfigurationTable, hasLabels: Bool) {
        let kinds = table.choices("on", of: Kind.self)
        let on = Set(kinds ?? Kind.allCases)
        self.init(
            data: on.contains(.data) ? table.blamed() : .never, prediction: on.contains(.prediction),
            concept: on.contains(.concept),
            leastSeverity: table.choice("severity", of: DriftEvent.Severity.self) ?? .warning,
            windows: table.integer("for", atLeast: 1) ?? 1)
        if on.isEmpty { table.report("on", "must hold \"data\", \"prediction\" or \"concept\"") }
        if kinds?.contains(.concept) == true, !hasLabels {
            table.report("on", "\"concept\" needs the rows that are captured: add a [stream.capture]")
        }
        if !on.contains(.data) {
            for name in ["features", "share"] where table.has(name) {
                table.ignore("features", "share")
                table.report(name, "is about alerts of \"data\", which are not in on")
            }
        }
    }
}

extension ConfigurationTable {
    /// What must have moved in a model's data.
    fileprivate func blamed() -> RetrainPolicy.Data {
        let features = names("features")
        let share = number("share", "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
        if features?.isEmpty == true { report("features", "must name a feature; leave it out for any") }
        if has("features"), has("share") {
            report("share", "is instead of features, not beside them")
        }
        return share.map { .share($0) } ?? .features(features ?? [])
    }
}
