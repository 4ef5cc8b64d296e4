import Drift
import Glibc
package import Statistics

/// Evidence and bounds at a tick, to be shown and logged.
package struct RolloutFigures: Codable, Equatable, Sendable {
    /// A metric of a candidate against the control.
    package struct Measure: Codable, Equatable, Sendable {
        package var metric: RolloutMetric
        /// Where it lies against its margin; `nil` of a metric that only the verdict goes by.
        package var bearing: Bearing?
        /// Of events the logarithm of the rates' ratio, else the difference of means; `nil` where there is none.
        package var value: Double?
        /// Ends of the interval; `nil` where it has none.
        package var lower: Double?
        package var upper: Double?
        /// The least p-value of all looks: of events that they are more frequent than tolerated, else that the means
        /// differ.
        package var pValue: Double
        /// Events of the candidate, else clusters.
        package var count: Int

        enum CodingKeys: String, CodingKey {
            case metric, bearing, value, lower, upper, count
            case pValue = "p_value"
        }
    }

    /// By candidates; nothing of those that have left.
    package var candidates: [[Measure]]
    /// The success metric's differences, at the level of a favourable verdict.
    package var success: [IntervalEstimate]
    package var sampleRatio: Double
    package var labelRatio: Double
    /// The control's loss less the floor.
    package var championLoss: IntervalEstimate?
    /// By candidates, the success metric's differences in the shadow; `nil` where the policy has none.
    package var shadow: [IntervalEstimate?]?
    package var late: Int
    package var incomplete: Int

    enum CodingKeys: String, CodingKey {
        case candidates, success, shadow, late, incomplete
        case sampleRatio = "sample_ratio_p"
        case labelRatio = "label_ratio_p"
        case championLoss = "champion_loss"
    }
}

extension RolloutAppraisal {
    var figures: RolloutFigures {
        RolloutFigures(
            candidates: launch.candidates.indices.map { live.contains($0) ? measures($0) : [] },
            success: launch.candidates.indices.map { difference($0).interval(alpha: favourableLevel) },
            sampleRatio: memory.sampleRatio.pValue, labelRatio: memory.labelRatio.pValue,
            championLoss: policy.floor.map { _ in memory.losses[0].interval(alpha: level) },
            shadow: policy.shadow.isOn
                ? launch.candidates.indices.map { ShadowTrial($0, self).interval } : nil,
            late: memory.labelled.late + memory.unlabelled.late,
            incomplete: memory.labelled.incomplete + memory.unlabelled.incomplete)
    }

    private func measures(_ candidate: Int) -> [RolloutFigures.Measure] {
        policy.metrics.map { metric in
            let bearing = hard[candidate][metric] ?? soft[candidate][metric]
            return metric.isEvent
                ? eventMeasure(metric, candidate, bearing) : clusterMeasure(metric, candidate, bearing)
        }
    }

    private func eventMeasure(
        _ metric: RolloutMetric, _ candidate: Int, _ bearing: Bearing?
    ) -> RolloutFigures.Measure {
        let counts = events(metric, candidate)
        let interval = counts.test?.logRateRatio(alpha: level)
        return RolloutFigures.Measure(
            metric: metric, bearing: bearing, value: nil, lower: interval?.lowerBound.ifFinite,
            upper: interval?.upperBound.ifFinite,
            pValue: memory.harm[candidate][metric]?.pValue ?? 1, count: counts.events)
    }

    private func clusterMeasure(
        _ metric: RolloutMetric, _ candidate: Int, _ bearing: Bearing?
    ) -> RolloutFigures.Measure {
        let test = memory.differences[candidate][metric]!
        let interval = test.interval(alpha: level)
        return RolloutFigures.Measure(
            metric: metric, bearing: bearing, value: interval.value, lower: interval.lower,
            upper: interval.upper, pValue: test.evidence.pValue, count: test.count)
    }
}

extension Double {
    fileprivate var ifFinite: Double? { isFinite ? self : nil }
}
