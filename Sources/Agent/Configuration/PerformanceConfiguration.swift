import ConfigurationFile
package import Drift

/// How a model's answers are held against the truth, once that is known.
package struct PerformanceConfiguration: Equatable, Sendable {
    package var period: PerformancePeriod
    /// A window is judged before its horizon when this share of its rows is labelled.
    package var maturity: Double
    package var detectors: [LossDetector.Kind]
    /// Whether what they find is an alert, and not only told.
    package var detectorsAlarm: Bool
    package var policy: ConceptPolicy
}

extension PerformanceConfiguration {
    /// Reads a `[stream.performance]`.
    ///
    /// - Parameter window: how the stream is cut; where by time, performance is measured over the same windows.
    init(_ table: ConfigurationTable, window: WindowConfiguration) {
        let offset = (table.duration("offset") ?? window.offset).nanoseconds
        period = PerformancePeriod(table, window: window, offset: offset)
        maturity = table.number("maturity", "above 0 and at most 1") { $0 > 0 && $0 <= 1 } ?? 0.9
        detectors = table.choices("detectors", of: LossDetector.Kind.self) ?? [.adwin]
        detectorsAlarm = table.flag("detectors_alarm") ?? false
        policy = ConceptPolicy()
        policy.minimumRows = UInt64(table.integer("min_labels", atLeast: 1) ?? 200)
        for (metric, limits) in policy.limits.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            policy.limits[metric] = table.table(metric.rawValue) {
                ConceptPolicy.Limits($0, default: limits)
            }
        }
    }
}

extension PerformancePeriod {
    fileprivate init(_ table: ConfigurationTable, window: WindowConfiguration, offset: Int64) {
        let length: Int64 =
            if case .time(let length, _) = window.extent { length.nanoseconds } else { Timestamp.day }
        self = .length(length, offset: offset)
        switch table.parsed("window", as: PeriodText.self) {
        case .month: self = .month(offset: offset)
        case .length(let length): self = .length(length.nanoseconds, offset: offset)
        case nil: break
        }
    }
}

/// `month`, or a duration of at least a minute.
private enum PeriodText: ConfigurationText {
    case month
    case length(Duration)

    static let form = "a duration such as \"1d\", or \"month\""

    init(configuration text: String) throws(MalformedText) {
        if text == "month" {
            self = .month
            return
        }
        let length = try Duration(configuration: text)
        guard length >= .seconds(60) else {
            throw MalformedText("must be at least \"1m\", was \"\(text)\"")
        }
        self = .length(length)
    }
}
