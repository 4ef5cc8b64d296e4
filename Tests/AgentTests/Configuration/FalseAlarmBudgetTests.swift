import Testing

@testable import Agent

struct FalseAlarmBudgetTests {
    @Test(
        arguments: [
            ("1 per day", 1, 1), ("1 per week", 1, 7), ("0.5 per month", 0.5, 30), ("2 per quarter", 2, 91),
            ("1 per year", 1, 365),
        ] as [(String, Double, Int)])
    func `a budget is a count per period`(text: String, count: Double, days: Int) throws {
        #expect(
            try FalseAlarmBudget(configuration: text)
                == FalseAlarmBudget(count: count, period: .time(.seconds(86_400 * days))))
    }

    @Test func `a budget may be a count per windows`() throws {
        #expect(
            try FalseAlarmBudget(configuration: "3 per 1000 windows")
                == FalseAlarmBudget(count: 3, period: .windows(1000)))
    }

    @Test(arguments: [
        "", "1", "per week", "0 per week", "-1 per week", "nan per week", "inf per week", "1 per fortnight",
        "1 per 0 windows", "1 per windows", "1 per week or so", "1 a week",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: MalformedText.self) { try FalseAlarmBudget(configuration: text) }
    }
}
