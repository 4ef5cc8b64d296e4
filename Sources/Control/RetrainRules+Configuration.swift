import ConfigurationFile
import Retraining

extension RetrainRules {
    /// Reads `[registry.retrain]`.
    init(_ table: ConfigurationTable) {
        let standard = RetrainRules()
        self.init(
            cooldown: table.duration("cooldown") ?? standard.cooldown,
            perDay: table.integer("per_day", atLeast: 1) ?? standard.perDay,
            perMonth: table.integer("per_month", atLeast: 1) ?? standard.perMonth,
            setbacksToOpen: table.integer("setbacks", atLeast: 1) ?? standard.setbacksToOpen,
            longestPause: table.duration("longest_pause") ?? standard.longestPause,
            patience: table.duration("patience", atLeast: .seconds(60)) ?? standard.patience)
    }
}
