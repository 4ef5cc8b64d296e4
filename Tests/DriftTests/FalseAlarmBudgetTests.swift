import Drift
import Statistics
import Testing

@Suite struct FalseAlarmBudgetTests {
    @Test(arguments: [
        ("1 per week", FalseAlarmBudget.perPeriod(count: 1, period: .week)),
        ("0.5 per month", .perPeriod(count: 0.5, period: .month)),
        ("2 per day", .perPeriod(count: 2, period: .day)),
        ("1 per quarter", .perPeriod(count: 1, period: .quarter)),
        ("12 per year", .perPeriod(count: 12, period: .year)),
        ("3 per 1000 windows", .perWindows(count: 3, windows: 1000)),
    ])
    func `a budget reads as it is written`(text: String, budget: FalseAlarmBudget) {
        #expect(FalseAlarmBudget(text) == budget)
        #expect(budget.description == text)
    }

    @Test(arguments: [
        "", "1", "1 per", "one per week", "1 a week", "1 per weeks", "1 per fortnight", "0 per week",
        "-1 per week", "inf per week", "nan per week", "1 per 1000", "1 per 0 windows", "1 per -5 windows",
        "1 per 1.5 windows", "1 per 1000 windows long", "1 per week or so",
    ])
    func `anything else is no budget`(text: String) { #expect(FalseAlarmBudget(text) == nil) }

    /// statistics.md: daily windows need 6 blocks for 1 a week, 29 for 1 a month, 90 for 1 a quarter.
    @Test(arguments: [
        ("1 per week", 24, 1, 7, 6), ("1 per month", 24, 1, 30, 29), ("1 per quarter", 24, 1, 91, 90),
        ("1 per year", 24, 1, 365, 364), ("2 per week", 24, 2, 7, 3), ("1 per week", 1, 1, 168, 167),
        ("1 per day", 24, 1, 2, 1), ("1 per week", 168, 1, 2, 1), ("100 per week", 24, 1, 2, 1),
        ("3 per 1000 windows", 24, 3, 1000, 333), ("1 per 20 windows", 1, 1, 20, 19),
    ])
    func `a budget over the windows judged in its period is their level`(
        text: String, hours: Int64, alarms: Double, windows: Double, blocks: Int
    ) throws {
        let found = try #require(FalseAlarmBudget(text)?.level(interval: Double(hours * hour)))
        #expect(isClose(found, alarms / windows, within: 1e-15))
        #expect(FalseAlarmBudget.blocksNeeded(level: found) == blocks)
    }

    @Test func `without a rate of rows a budget in time has no level`() {
        #expect(FalseAlarmBudget.perPeriod(count: 1, period: .week).level(interval: nil) == nil)
        #expect(FalseAlarmBudget.perPeriod(count: 1, period: .week).level(interval: 0) == nil)
        #expect(FalseAlarmBudget.perWindows(count: 1, windows: 8).level(interval: nil) == 0.125)
    }

    @Test func `the blocks a level needs are exactly those that let a window alarm`() {
        for windows in 2...400 {
            let level = FalseAlarmBudget.perWindows(count: 1, windows: windows).level(interval: nil) ?? 0
            let needed = FalseAlarmBudget.blocksNeeded(level: level)
            #expect(needed == windows - 1)
            let scores = (0..<needed).map { Double($0) }
            #expect(ConformalRank.criticalScore(among: scores, level: level) == scores.last)
            #expect(ConformalRank.criticalScore(among: Array(scores.dropLast()), level: level) == nil)
        }
    }
}
