import ConfigurationFile
import Drift

extension FalseAlarmBudget: ConfigurationText {
    static var form: String { "a budget such as \"1 per week\" or \"2 per 1000 windows\"" }

    init(configuration text: String) throws(MalformedText) {
        guard let budget = FalseAlarmBudget(text) else { throw .expected(FalseAlarmBudget.form, found: text) }
        self = budget
    }
}
