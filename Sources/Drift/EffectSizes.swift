/// How large a measure must be to matter: `warning` makes an alert, `critical` makes it severe.
package struct EffectSizes: Equatable, Sendable {
    package struct Limits: Equatable, Sendable {
        package var warning: Double
        package var critical: Double

        package init(warning: Double, critical: Double) {
            (self.warning, self.critical) = (warning, critical)
        }
    }

    /// By the measure's name.
    package var limits: [String: Limits]

    package init(limits: [String: Limits]) { self.limits = limits }

    /// The defaults of practice: 0.1 and 0.2 for KS, PSI, JS and Wasserstein in units of σ, half of that for
    /// shares of categories, 1 and 5 percentage points for rates.
    package static let standard: EffectSizes = {
        let distance = Limits(warning: 0.1, critical: 0.2)
        let share = Limits(warning: 0.05, critical: 0.1)
        let rate = Limits(warning: 0.01, critical: 0.05)
        return EffectSizes(limits: [
            "ks": distance, "psi": distance, "js": distance, "wasserstein": distance,
            "tv": share, "linf": share, "hellinger": share, "cramers_v": share,
            "missing_rate": rate, "unseen_rate": rate, "out_of_range_rate": rate,
        ])
    }()

    /// Shares of categories are no measure of numbers: over ten bins they are noise in a window of few rows.
    static func decides(_ measure: String, _ kind: Feature.Kind) -> Bool {
        kind != .numeric || !["tv", "linf", "hellinger", "cramers_v"].contains(measure)
    }

    package static var measures: [String] { standard.limits.keys.sorted() }

    package func isLarge(_ measure: String, _ value: Double, ratio: Double = 1) -> Bool {
        guard let limit = limits[measure] else { return true }
        return value >= limit.warning * ratio
    }

    func severity(_ measure: String, _ value: Double) -> DriftEvent.Severity {
        guard let limit = limits[measure], value >= limit.critical else { return .warning }
        return .critical
    }
}
