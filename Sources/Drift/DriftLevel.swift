/// How a feature stood in a window, as a heat map shows it.
package enum DriftLevel: String, Codable, Sendable, CaseIterable {
    /// The window was not compared in this measure.
    case none
    /// Too few rows.
    case insufficient
    case normal
    /// By the measure's effect sizes; they alone alarm only where thresholds are `fixed`.
    case warning, critical
    /// The window alarmed, and the feature is to blame.
    case alarmed

    /// A character a level.
    package var symbol: UInt8 {
        switch self {
        case .none: UInt8(ascii: "-")
        case .insufficient: UInt8(ascii: "i")
        case .normal: UInt8(ascii: "n")
        case .warning: UInt8(ascii: "w")
        case .critical: UInt8(ascii: "c")
        case .alarmed: UInt8(ascii: "a")
        }
    }
}

extension DriftReport {
    /// By the feature's deciding measure; where values are missing, by how many are, should that be worse.
    package func level(of feature: FeatureReport, _ effects: EffectSizes) -> DriftLevel {
        if feature.drifted { return .alarmed }
        guard verdict != .insufficient, feature.rows > 0 else { return .insufficient }
        let measure = feature.shownMeasure
        return effects.level("missing_rate", feature.measures["missing_rate"]?.value)
            .worse(than: effects.level(measure, feature.measures[measure]?.value))
    }

    /// The features that speak loudest against the window, the loudest first.
    package func worst(_ limit: Int, _ effects: EffectSizes) -> [WorstFeature] {
        features.map { WorstFeature($0, level: level(of: $0, effects)) }
            .sorted { $1.precedes($0) || (!$0.precedes($1) && $0.feature < $1.feature) }
            .prefix(limit).map(\.self)
    }
}

extension EffectSizes {
    func level(_ measure: String, _ value: Double?) -> DriftLevel {
        guard let value else { return .none }
        guard let limit = limits[measure], value >= limit.warning else { return .normal }
        return value >= limit.critical ? .critical : .warning
    }
}

extension DriftLevel {
    func worse(than other: DriftLevel) -> DriftLevel {
        let order = DriftLevel.allCases
        return order.firstIndex(of: self)! > order.firstIndex(of: other)! ? self : other
    }
}

extension FeatureReport {
    /// The deciding measure as a person reads it: χ² grows with the rows, so its effect stands for it.
    package var shownMeasure: String { effect(of: primary, value: 0).measure }
}

/// A feature in a model's newest window, at a glance.
package struct WorstFeature: Codable, Equatable, Sendable {
    package var feature: String
    package var family: FeatureReport.Family
    package var measure: String
    package var value: Double?
    package var threshold: Double?
    package var score: Double?
    package var level: DriftLevel

    init(_ report: FeatureReport, level: DriftLevel) {
        (feature, family, measure) = (report.name, report.family, report.shownMeasure)
        (value, threshold) = (report.measures[measure]?.value, report.measures[measure]?.threshold)
        (score, self.level) = (report.score, level)
    }

    /// Quieter than another: by level, then score, then the value in multiples of its threshold.
    fileprivate func precedes(_ other: WorstFeature) -> Bool {
        if level != other.level { return level.worse(than: other.level) == other.level }
        return (score ?? 0, excess) < (other.score ?? 0, other.excess)
    }

    private var excess: Double {
        guard let value, let threshold, threshold > 0 else { return value ?? 0 }
        return value / threshold
    }
}
