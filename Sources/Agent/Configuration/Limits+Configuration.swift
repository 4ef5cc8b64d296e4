import ConfigurationFile
import Drift

extension ConfigurationTable {
    /// Reads `{ warning = 0.1, critical = 0.2 }`, of which either may be left out.
    fileprivate func limits(warning standard: Double, critical most: Double) -> (
        warning: Double, critical: Double
    ) {
        func read(_ name: String) -> Double? { number(name, "at least 0") { $0 >= 0 && $0.isFinite } }
        let (warning, critical) = (read("warning"), read("critical"))
        let limits = (
            warning: warning ?? min(standard, critical ?? standard),
            critical: critical ?? max(most, warning ?? most)
        )
        guard limits.warning <= limits.critical else {
            report("warning must not exceed critical")
            return (standard, most)
        }
        return limits
    }
}

extension EffectSizes.Limits {
    init(_ table: ConfigurationTable, default size: EffectSizes.Limits) {
        let limits = table.limits(warning: size.warning, critical: size.critical)
        self.init(warning: limits.warning, critical: limits.critical)
    }
}

extension ConceptPolicy.Limits {
    init(_ table: ConfigurationTable, default size: ConceptPolicy.Limits) {
        let limits = table.limits(warning: size.warning, critical: size.critical)
        self.init(warning: limits.warning, critical: limits.critical, isRelative: size.isRelative)
    }
}
