import Rollouts
import Statistics
import Testing

@Suite struct TemporalSplitTests {
    @Test func `rows are to train on, in the gap, to judge by, or too new`() throws {
        let plan = try TemporalSplit.Plan(labelDelay: 10, holdout: 30, now: 100)
        let times: [Int64] = [0, 49, 50, 59, 60, 89, 90, 100]
        let split = try TemporalSplit(times: times, labelTimes: times.map { _ in nil }, plan)
        #expect(split.train == [0, 1] && split.gap == [2, 3])
        #expect(split.holdout == [4, 5] && split.tooNew == [6, 7])
    }

    @Test func `a label that came after the holdout had begun is not trained on, however old its row`() throws
    {
        let plan = try TemporalSplit.Plan(labelDelay: 10, holdout: 30, now: 100)
        let split = try TemporalSplit(
            times: [10, 20, 70, 80], labelTimes: [60, 61, 71, 101], plan)
        #expect(split.train == [0] && split.gap == [1])
        #expect(split.holdout == [2] && split.tooNew == [3])
    }

    @Test(arguments: 0..<40)
    func `every row is in one part, and no label that is trained on was known after the holdout began`(
        seed: UInt64
    ) throws {
        var random = SplitMix64(state: seed)
        let times = (0..<200).map { _ in Int64.random(in: 0..<1000, using: &random) }
        let labelTimes = times.map { $0 + Int64.random(in: 0..<200, using: &random) }
        let delay = Int64.random(in: 0..<100, using: &random)
        let plan = try TemporalSplit.Plan(
            labelDelay: delay, holdout: 200, gap: delay + Int64.random(in: 0..<100, using: &random), now: 1000
        )
        let split = try TemporalSplit(times: times, labelTimes: labelTimes, plan)
        let all = split.train + split.gap + split.holdout + split.tooNew
        #expect(all.sorted() == Array(times.indices))
        let begins = try #require(split.holdout.map { times[$0] }.min())
        #expect(split.train.allSatisfy { labelTimes[$0] <= begins && times[$0] < begins - delay })
        #expect(split.holdout.allSatisfy { times[$0] < 1000 - delay && labelTimes[$0] <= 1000 })
    }

    @Test func `a gap shorter than labels take is refused`() {
        let error = #expect(throws: GateError.self) {
            try TemporalSplit.Plan(labelDelay: 10, holdout: 30, gap: 9, now: 100)
        }
        #expect(error?.description.contains("labels that were not known yet") == true)
    }

    @Test(arguments: [(-1, 30), (10, 0), (10, -5)] as [(Int64, Int64)])
    func `lengths that make no sense are refused`(labelDelay: Int64, holdout: Int64) {
        #expect(throws: GateError.self) {
            try TemporalSplit.Plan(labelDelay: labelDelay, holdout: holdout, now: 100)
        }
    }

    @Test(arguments: [[0, 10, 95], [70, 80]] as [[Int64]])
    func `a split that leaves nothing to train on or to judge by is refused`(times: [Int64]) throws {
        let plan = try TemporalSplit.Plan(labelDelay: 10, holdout: 30, now: 100)
        #expect(throws: GateError.self) {
            try TemporalSplit(times: times, labelTimes: times.map { _ in nil }, plan)
        }
    }

    @Test func `times at the ends of the range do not overflow`() throws {
        let plan = try TemporalSplit.Plan(labelDelay: .max, holdout: .max, now: .min + 5)
        #expect(throws: GateError.self) {
            try TemporalSplit(times: [.min, .max], labelTimes: [nil, .min], plan)
        }
    }

    @Test(arguments: [(0, 0), (86_399_999_999_999, 0), (86_400_000_000_000, 1), (-1, -1)] as [(Int64, Int)])
    func `a day begins at midnight UTC`(nanoseconds: Int64, day: Int) {
        #expect(GateRows.day(ofNanoseconds: nanoseconds) == day)
    }
}
