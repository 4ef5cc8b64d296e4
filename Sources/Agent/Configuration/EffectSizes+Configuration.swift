import ConfigurationFile
import Drift

extension EffectSizes.Limits {
    /// Reads `{ warning = 0.1, critical = 0.2 }`, of which either may be left out.
    init(_ table: ConfigurationTable, default size: EffectSizes.Limits) {
        func read(_ name: String) -> Double? { table.number(name, "at least 0") { $0 >= 0 && $0.isFinite } }
        let (warning, critical) = (read("warning"), read("critical"))
        self.init(
            warning: warning ?? min(size.warning, critical ?? size.warning),
            critical: critical ?? max(size.critical, warning ?? size.critical))
        if self.warning > self.critical { table.report("warning must not exceed critical") }
    }
}
