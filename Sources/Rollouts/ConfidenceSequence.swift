package import Drift
import Statistics

/// The success metric's differences as evidence came in, to be drawn: after each cluster of time the difference of all so
/// far, with its interval at the level of a favourable verdict.
package struct ConfidenceSequence: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
        /// When the cluster was over, and its labels had had their time.
        package var time: Timestamp
        package var value: Double
        /// Ends of the interval; `nil` where it has none.
        package var lower: Double?
        package var upper: Double?

        package init(time: Timestamp, value: Double, lower: Double? = nil, upper: Double? = nil) {
            (self.time, self.value, self.lower, self.upper) = (time, value, lower, upper)
        }
    }

    /// By candidates, oldest first.
    package var candidates: [[Point]]

    package init(candidates: [[Point]]) { self.candidates = candidates }

    /// Of more points than can be told apart in a picture, every second, third, … up to the newest.
    package func thinned(to most: Int) -> ConfidenceSequence {
        ConfidenceSequence(
            candidates: candidates.map { points in
                let stride = (points.count + most - 1) / max(most, 1)
                return points.enumerated().filter { (points.count - 1 - $0.offset) % max(stride, 1) == 0 }
                    .map(\.element)
            })
    }
}

extension RolloutState {
    /// What looks at each cluster in turn would have shown, by the clusters as they stand now: rows that came after their
    /// cluster was looked at are among them, though no decision saw them.
    package func sequence(
        _ policy: RolloutPolicy, _ clusters: [RolloutEvidence.Cluster], until time: Timestamp
    ) -> ConfidenceSequence {
        var memory = RolloutMemory(launch, policy)
        memory.clock = time
        var sequence = ConfidenceSequence(candidates: launch.candidates.map { _ in [] })
        for cluster in clusters.sorted(by: { $0.start < $1.start }) {
            let before = memory
            memory.take([cluster], policy, stages: stages.count)
            let seen = cluster.start.advanced(by: (policy.cluster + policy.labelDelay) * 1_000_000_000)
            for candidate in sequence.candidates.indices where memory.has(news: candidate, before, policy) {
                sequence.candidates[candidate].append(memory.point(of: candidate, at: seen, launch, policy))
            }
        }
        return sequence
    }
}

extension RolloutMemory {
    fileprivate func has(news candidate: Int, _ before: RolloutMemory, _ policy: RolloutPolicy) -> Bool {
        test(of: candidate, policy) != before.test(of: candidate, policy)
    }

    fileprivate func point(
        of candidate: Int, at time: Timestamp, _ launch: RolloutLaunch, _ policy: RolloutPolicy
    ) -> ConfidenceSequence.Point {
        let interval = test(of: candidate, policy).interval(alpha: policy.favourableLevel(launch))
        return ConfidenceSequence.Point(
            time: time, value: interval.value, lower: interval.lower, upper: interval.upper)
    }

    private func test(of candidate: Int, _ policy: RolloutPolicy) -> ClusteredMixtureTest {
        differences[candidate][policy.success.metric]!
    }
}
