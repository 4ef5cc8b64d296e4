import Drift
import Rollouts
import Statistics

extension RolloutPolicy {
    /// Ten metrics: four events, six figures of rows.
    static let tenMetrics = RolloutPolicy(
        stages: [Stage(share: 0.5, minimumUnits: 100_000)], isGated: false, success: Success(.logLoss),
        hard: [.exception: 0.5, .timeout: 0.5, .invalid: 0.5],
        soft: [.slow: 0.5, .score: 1, .latency: 100, .bias: 1, .brier: 1, .wrong: 1], latencyLimit: 200)
}

/// What equal arms come to, day by day.
struct SimulatedDays {
    static let unitsADay = 1000
    private let begin: Timestamp
    private var random: SplitMix64

    init(since begin: Timestamp, seed: Int) {
        (self.begin, random) = (begin, SplitMix64(state: UInt64(seed)))
    }

    mutating func cluster(ofDay day: Int) -> RolloutEvidence.Cluster {
        let metrics = RolloutPolicy.tenMetrics.metrics.filter { !$0.isEvent }
        let sums = metrics.flatMap { metric in
            [0, 1].map { arm in
                RolloutEvidence.ClusterSum(
                    stage: 0, arm: arm, metric: metric, count: SimulatedDays.unitsADay,
                    sum: Double(SimulatedDays.unitsADay) * Double.random(in: 0.4..<0.5, using: &random))
            }
        }
        return RolloutEvidence.Cluster(start: begin.advanced(by: Int64(day) * .day), sums: sums)
    }

    func units(days: Int) -> [[RolloutEvidence.ArmUnits]] {
        let events: [RolloutMetric: Int] = [
            .exception: days, .timeout: days, .invalid: days, .slow: 10 * days,
        ]
        let seen = days * SimulatedDays.unitsADay
        return [[0, 1].map { _ in RolloutEvidence.ArmUnits(seen: seen, labelled: seen, events: events) }]
    }
}

extension Int64 {
    /// In nanoseconds.
    static let day: Int64 = 86_400_000_000_000
}
