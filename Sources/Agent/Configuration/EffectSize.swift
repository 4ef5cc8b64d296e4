/// From where on a measure's value counts as large.
package struct EffectSize: Equatable, Sendable {
    package var warning: Double
    package var critical: Double

    package init(warning: Double, critical: Double) {
        (self.warning, self.critical) = (warning, critical)
    }

    /// By the measure's name. Rates are differences to the reference's rate.
    package static let defaults: [String: EffectSize] = {
        let shift = EffectSize(warning: 0.1, critical: 0.2)
        let association = EffectSize(warning: 0.05, critical: 0.1)
        let rate = EffectSize(warning: 0.01, critical: 0.05)
        return [
            "ks": shift, "psi": shift, "js": shift, "wasserstein": shift,
            "hellinger": association, "tv": association, "linf": association, "cramers_v": association,
            "missing_rate": rate, "unseen_rate": rate, "out_of_range_rate": rate,
        ]
    }()
}

extension EffectSize {
    /// Reads `{ warning = 0.1, critical = 0.2 }`, of which either may be left out.
    init(_ table: TableReader, default size: EffectSize) {
        func read(_ name: String) -> Double? { table.number(name, "at least 0") { $0 >= 0 && $0.isFinite } }
        let (warning, critical) = (read("warning"), read("critical"))
        self.init(
            warning: warning ?? min(size.warning, critical ?? size.warning),
            critical: critical ?? max(size.critical, warning ?? size.critical))
        if self.warning > self.critical { table.report("warning must not exceed critical") }
    }
}
