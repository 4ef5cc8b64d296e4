import Drift
import Statistics
import Testing

private let daily = WindowPlan(length: .nanoseconds(day), clock: .event)

private func settings(_ budget: FalseAlarmBudget = .perPeriod(count: 1, period: .week)) -> DriftSettings {
    var settings = DriftSettings()
    settings.budget = budget
    return settings
}

/// Days of 100 rows, each around its own level.
private func reference(_ blocks: Int, _ length: WindowLength = .nanoseconds(day), _ level: (Int) -> Double)
    throws
    -> Reference
{
    var random = SplitMix64(7)
    var options = ReferenceBuilder.Options()
    options.blockLength = length
    var builder = ReferenceBuilder(schema: nil, options: options)
    for index in 0..<blocks {
        builder.add(
            .x(
                random.normals(100, level(index)).map { ($0 * 10).rounded() },
                times: (0..<100).map { at(Int64(index) * day + Int64($0) * minute) }))
    }
    return try builder.build()
}

@Suite struct SelfTestTests {
    @Test func `a reference that wanders about one level is stationary`() throws {
        var random = SplitMix64(3)
        let levels = random.normals(30)
        let reference = try reference(30) { levels[$0] }
        let found = try #require(SelfTest(reference: reference, plan: daily, settings: settings()))
        #expect((found.forward.windows, found.shuffled.windows) == (10, 200))
        #expect(found.isStationary)
        #expect(found.windowsPerWeek == 7)
        // One a week is one in seven; shuffled blocks are exchangeable.
        #expect(found.shuffled.share <= 1.0 / 7)
        #expect(found.shuffled.alarms > 0)
        #expect(SelfTest(reference: reference, plan: daily, settings: settings()) == found)
    }

    @Test func `a reference that drifts within itself is told apart`() throws {
        let reference = try reference(12) { Double($0) * Double($0) / 10 }
        let found = try #require(SelfTest(reference: reference, plan: daily, settings: settings()))
        #expect((found.forward.alarms, found.forward.windows) == (4, 4))
        #expect(!found.isStationary)
        let shuffled = found.shuffled
        #expect(shuffled.windows == 80 && shuffled.share < 0.5)
        #expect(
            found.description.hasPrefix(
                "on its own reference this configuration would have fired 7 times a week (4 of 4 windows; 95 %: 40–100 %) "
                    + "forward, "))
        #expect(
            found.description.hasSuffix(
                "; reference not stationary: take a longer reference, or one that matches the season"))
        #expect(found.description.contains("(\(shuffled.alarms) of 80 windows; 95 %: "))
    }

    @Test func `fewer than six blocks test nothing`() throws {
        #expect(try SelfTest(reference: reference(5) { _ in 0 }, plan: daily, settings: settings()) == nil)
        #expect(try SelfTest(reference: reference(6) { _ in 0 }, plan: daily, settings: settings()) != nil)
        #expect(SelfTest(reference: try .of(.x([1, 2])), plan: daily, settings: settings()) == nil)
    }

    @Test func `blocks of rows in any order are judged at the whole reference's level`() throws {
        let reference = try reference(12, .rows(100)) { _ in 0 }
        let plan = WindowPlan(length: .rows(100), clock: .event)
        let found = try #require(SelfTest(reference: reference, plan: plan, settings: settings()))
        #expect((found.forward.windows, found.shuffled.windows) == (4, 80))
        // 1,200 rows in 11 days and 99 minutes.
        #expect(isClose(found.windowsPerWeek, 7 * 12 / (11 + 99.0 / 1440)))
        #expect(found.description.contains(" times a week ("))
    }

    @Test func `without times it counts windows`() throws {
        let timeless = try Reference.of(.x((0..<800).map { Double($0 % 100) }), blocks: .rows(100))
        let plan = WindowPlan(length: .rows(100))
        let found = try #require(
            SelfTest(reference: timeless, plan: plan, settings: settings(.perWindows(count: 1, windows: 8))))
        #expect(found.windowsPerWeek == nil)
        #expect(
            found.description
                == "on its own reference this configuration would have fired 0 of 3 windows; 95 %: 0–71 % "
                + "forward, 0 of 60 windows; 95 %: 0–6 % shuffled")
    }

    @Test func `part of a reference has the counts of its blocks`() throws {
        let reference = try reference(8) { Double($0) }
        let blocks = try #require(reference.blocks?.blocks)
        let part = reference.restricted(to: Array(blocks[2..<5]))
        #expect(part.profile.rows == 300)
        #expect(part.blocks?.blocks == Array(blocks[2..<5]))
        #expect(part.cells == reference.cells)
        #expect(part.features[0].bins != reference.features[0].bins)
        #expect(
            part.profile.features[0].minimum == blocks[2..<5].compactMap(\.profile.features[0].minimum).min())
    }

    @Test func `the generator is Vigna's splitmix64`() {
        // The first numbers of splitmix64.c from the state 1234567.
        var random = SplitMix64(state: 1_234_567)
        #expect(
            (0..<3).map { _ in random.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
            ])
    }
}
