/// How many false alarms a model may raise: the setting from which every threshold follows.
package struct FalseAlarmBudget: Equatable, Sendable {
    package enum Period: Equatable, Sendable {
        case time(Duration)
        case windows(Int)
    }

    package var count: Double
    package var period: Period

    package init(count: Double, period: Period) { (self.count, self.period) = (count, period) }
}

extension FalseAlarmBudget: ConfigurationText {
    static var form: String { "a budget such as \"1 per week\" or \"2 per 1000 windows\"" }

    /// `N per day|week|month|quarter|year`, of 1, 7, 30, 91 and 365 days, or `N per M windows`.
    init(configuration text: String) throws(MalformedText) {
        let words = text.split(separator: " ")
        guard words.count >= 3, words[1] == "per", let count = Double(words[0]), count > 0, count.isFinite,
            let period = Period(words.dropFirst(2))
        else { throw .expected(FalseAlarmBudget.form, found: text) }
        self.init(count: count, period: period)
    }
}

extension FalseAlarmBudget.Period {
    fileprivate init?(_ words: ArraySlice<Substring>) {
        if words.count == 2, words.last == "windows", let count = words.first.flatMap({ Int($0) }), count > 0
        {
            self = .windows(count)
        } else if words.count == 1, let days = words.first.flatMap({ daysOfPeriod[String($0)] }) {
            self = .time(.seconds(86_400 * days))
        } else {
            return nil
        }
    }
}

private let daysOfPeriod = ["day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365]
