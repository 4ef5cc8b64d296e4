import ConfigurationFile
package import Drift

/// When a window alarms, and how an alarm becomes an alert.
package struct AlertConfiguration: Equatable, Sendable {
    /// What stands in for reference windows that a small budget would need and the reference lacks.
    package enum Tail: String, CaseIterable, Sendable {
        /// Student's t, fitted to the windows there are: an extrapolation.
        case t
    }

    package var falseAlarms: FalseAlarmBudget
    package var threshold: WindowTest.Threshold
    package var tail: Tail?
    /// Windows in a row above the threshold to fire (`for`).
    package var fireAfter: Int
    /// Windows in a row below `clearRatio` × the threshold to resolve (`clear_for`).
    package var clearAfter: Int
    package var clearRatio: Double
    /// An alert that fires again so soon after it resolved is the same alert.
    package var cooldown: Duration
    /// The share of drifted features at which the model as a whole alarms (fixed thresholds only).
    package var share: Double
    package var effects: EffectSizes
    /// The measures that alarm on their own (fixed thresholds only).
    package var fixedMeasures: [String]
}

extension AlertConfiguration {
    /// Reads a `[stream.alerts]`.
    init(_ table: ConfigurationTable) {
        falseAlarms =
            table.parsed("false_alarms", as: FalseAlarmBudget.self)
            ?? .perPeriod(count: 1, period: .week)
        threshold = table.choice("threshold", of: WindowTest.Threshold.self) ?? .calibrated
        tail = table.choice("tail", of: Tail.self)
        fireAfter = table.integer("for", atLeast: 1) ?? 1
        clearAfter = table.integer("clear_for", atLeast: 1) ?? 1
        clearRatio = table.number("clear_ratio", "above 0 and at most 1") { $0 > 0 && $0 <= 1 } ?? 0.8
        cooldown = table.duration("cooldown") ?? .seconds(86_400)
        share = table.number("share", "above 0 and at most 1") { $0 > 0 && $0 <= 1 } ?? 0.5
        effects = .standard
        for (measure, size) in effects.limits.sorted(by: { $0.key < $1.key }) {
            effects.limits[measure] = table.table(measure) { EffectSizes.Limits($0, default: size) }
        }
        fixedMeasures = table.names("measures") ?? DriftSettings().fixedMeasures
        for name in fixedMeasures where !EffectSizes.measures.contains(name) {
            let hint = nearestName(to: name, among: EffectSizes.measures).map { "; did you mean \"\($0)\"?" }
            table.report("measures", "there is no measure \"\(name)\"" + (hint ?? ""))
        }
        if tail != nil, threshold != .calibrated {
            table.report("tail", "is for threshold = \"calibrated\", which is \"\(threshold.rawValue)\" here")
        }
    }
}
