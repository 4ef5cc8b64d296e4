import Drift
import Statistics

extension RolloutAppraisal {
    /// By all candidates of the launch.
    ///
    /// - Parameter decided: where they stand after the tick.
    func verdicts(_ decided: [RolloutState.Standing]) -> [RolloutVerdict] {
        standings.indices.map { candidate in
            switch standings[candidate] {
            case .live: decided[candidate] == .rejected ? .worse : verdict(candidate)
            case .rejected, .harmful: .worse
            case .unscorable: .undecided
            }
        }
    }

    func verdict(_ candidate: Int) -> RolloutVerdict {
        if isHarmful(candidate) { return isChampionBad ? .bothBad : .worse }
        guard isMature(candidate) else { return .undecided }
        let interval = difference(candidate).interval(alpha: favourableLevel)
        guard let lower = interval.lower, let upper = interval.upper else { return .undecided }
        if upper < policy.success.gain { return .better }
        let isEquivalent = isEquivalent(lower, upper)
        if isChampionBad, isEquivalent || isBad(arm: candidate + 1) { return .bothBad }
        return isEquivalent ? .equivalent : .undecided
    }

    private func isEquivalent(_ lower: Double, _ upper: Double) -> Bool {
        let margin = policy.success.margin
        return upper < margin && (policy.success.goal == .nonInferior || lower > -margin)
    }

    /// Whether a hard guardrail or the loss itself is beyond its margin.
    func isHarmful(_ candidate: Int) -> Bool {
        hard[candidate].values.contains(.beyond) || isLossHigher(candidate)
    }

    func isLossHigher(_ candidate: Int) -> Bool { isLossHigher(candidate, level: level) }

    func isLossHigher(_ candidate: Int, level: Double) -> Bool {
        let margin = policy.success.harm
        return difference(candidate).bearing(margin: margin, alpha: level, isTwoSided: false) == .beyond
    }

    /// Of the success metric.
    func difference(_ candidate: Int) -> ClusteredMixtureTest {
        memory.differences[candidate][policy.success.metric]!
    }

    var isChampionBad: Bool { isBad(arm: 0) }

    /// Whether an arm's loss is shown to be beyond the floor.
    private func isBad(arm: Int) -> Bool {
        guard policy.floor != nil else { return false }
        return memory.losses[arm].bearing(margin: 0, alpha: level, isTwoSided: false) == .beyond
    }

    private func isMature(_ candidate: Int) -> Bool {
        difference(candidate).count >= policy.clusters.favourable && servedSeconds >= policy.minimumDuration
    }

    var servedSeconds: Int64 {
        stages.first.map { memory.clock.seconds(since: $0.since) } ?? 0
    }

    /// What is found of candidates, guardrails and clusters.
    var findings: [RolloutFinding] {
        var findings = live.flatMap { harms($0) } + validity + live.flatMap { drifts($0) }
        if memory.labelled.late > 0 || memory.unlabelled.late > 0 { findings.append(RolloutFinding(.late)) }
        if isChampionBad { findings.append(RolloutFinding(.championBad)) }
        return findings
    }

    private func harms(_ candidate: Int) -> [RolloutFinding] {
        let events = beyond(hard[candidate]).map { RolloutFinding(.harm, candidate: candidate, metric: $0) }
        return isLossHigher(candidate)
            ? events + [RolloutFinding(.loss, candidate: candidate, metric: policy.success.metric)] : events
    }

    private func drifts(_ candidate: Int) -> [RolloutFinding] {
        beyond(soft[candidate]).map { RolloutFinding(.drift, candidate: candidate, metric: $0) }
    }

    private func beyond(_ bearings: [RolloutMetric: Bearing]) -> [RolloutMetric] {
        bearings.filter { $0.value == .beyond }.keys.sorted()
    }
}

extension Timestamp {
    /// Whole ones; not negative.
    func seconds(since earlier: Timestamp) -> Int64 {
        let (apart, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        return max(0, overflow ? (self > earlier ? .max : 0) : apart) / 1_000_000_000
    }
}
