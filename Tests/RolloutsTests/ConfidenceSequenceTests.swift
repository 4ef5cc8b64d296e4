import Drift
import Rollouts
import Testing

@Suite struct ConfidenceSequenceTests {
    @Test func `its last point is what the last tick went by`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.41])
        try rollout.reach(.promoted(candidate: 0))
        let decided = try #require(rollout.outcomes.last?.figures?.success[0])
        let points = rollout.sequence.candidates[0]
        #expect(points.last?.value == decided.value)
        #expect(points.last?.lower == decided.lower && points.last?.upper == decided.upper)
    }

    @Test func `a point a cluster, when its labels are in; without bounds before there is evidence`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.41])
        for _ in 0..<16 { rollout.live() }
        let points = rollout.sequence.candidates[0]
        let first = rollout.evidence.clusters[0].start
        let expected = (2..<Int64(points.count) + 2).map { first.advanced(by: $0 * Timestamp.day) }
        #expect(points.map(\.time) == expected)
        let unbounded = rollout.policy.clusters.harm - 1
        #expect(points.prefix(unbounded).allSatisfy { $0.lower == nil && $0.upper == nil })
        #expect(points.dropFirst(unbounded).allSatisfy { $0.lower! < $0.value && $0.value < $0.upper! })
    }

    @Test(arguments: [(1, 1), (7, 7), (8, 4), (100, 7)])
    func `of many points some are left, the newest among them`(count: Int, left: Int) {
        let points = (0..<count).map {
            ConfidenceSequence.Point(time: .launch.advanced(by: Int64($0)), value: 0)
        }
        let thinned = ConfidenceSequence(candidates: [points]).thinned(to: 7).candidates[0]
        #expect(thinned.count == left && thinned.last == points.last)
    }
}

extension SimulatedRollout {
    fileprivate var sequence: ConfidenceSequence {
        state.sequence(policy, evidence.clusters, until: Timestamp.launch.advanced(by: day * Timestamp.day))
    }
}
