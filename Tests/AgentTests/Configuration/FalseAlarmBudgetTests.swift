import ConfigurationFile
import Drift
import Testing

@testable import Agent

struct FalseAlarmBudgetTests {
    @Test(
        arguments: [
            ("1 per day", 1, .day), ("1 per week", 1, .week), ("0.5 per month", 0.5, .month),
            ("2 per quarter", 2, .quarter), ("1 per year", 1, .year),
        ] as [(String, Double, FalseAlarmBudget.Period)])
    func `a budget is a count per period`(text: String, count: Double, period: FalseAlarmBudget.Period) throws
    {
        #expect(try FalseAlarmBudget(configuration: text) == .perPeriod(count: count, period: period))
    }

    @Test func `a budget may be a count per windows`() throws {
        #expect(
            try FalseAlarmBudget(configuration: "3 per 1000 windows") == .perWindows(count: 3, windows: 1000))
    }

    @Test(arguments: [
        "", "1", "per week", "0 per week", "-1 per week", "nan per week", "inf per week", "1 per fortnight",
        "1 per 0 windows", "1 per windows", "1 per week or so", "1 a week",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: MalformedText.self) { try FalseAlarmBudget(configuration: text) }
    }
}
