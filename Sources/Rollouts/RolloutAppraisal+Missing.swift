import Drift
import Statistics

extension RolloutAppraisal {
    /// What the step still needs of all arms.
    func missing(inStep step: Int, since: Timestamp) -> [String] {
        let stage = policy.stages[step]
        var missing: [String] = []
        let served = memory.clock.seconds(since: since)
        if served < stage.minimumDuration {
            missing.append("stage \(step + 1) needs \(stage.minimumDuration) s, has run \(served) s")
        }
        for arm in [0] + live.map({ $0 + 1 }) {
            let units = seen(arm, inStep: step)
            if units < stage.minimumUnits {
                missing.append(
                    "\(armName(arm)) needs \(stage.minimumUnits) units in this stage, has \(units)")
            }
        }
        return missing + live.compactMap(missingLabels)
    }

    /// No share grows before labels could have shown harm, nor while they lean to it.
    private func missingLabels(ofCandidate candidate: Int) -> String? {
        let (needed, clusters) = (policy.clusters.harm, difference(candidate).count)
        let (name, metric) = (armName(candidate + 1), policy.success.metric.rawValue)
        if clusters < needed { return "\(name) needs \(needed) clusters with labels, has \(clusters)" }
        guard isLossHigher(candidate, level: level.squareRoot()) else { return nil }
        return "\(name) has a \(metric) that leans to harm: more clusters decide"
    }

    /// What a candidate's guardrails still need.
    func missing(ofCandidate candidate: Int, waived: [RolloutMetric]) -> [String] {
        let hard = open(hard[candidate]), soft = open(soft[candidate]).filter { !waived.contains($0) }
        return (hard + soft).map { "\(armName(candidate + 1)): \(need(of: $0, candidate))" }
    }

    private func open(_ bearings: [RolloutMetric: Bearing]) -> [RolloutMetric] {
        bearings.filter { $0.value != .inside }.keys.sorted()
    }

    private func need(of metric: RolloutMetric, _ candidate: Int) -> String {
        if metric.isEvent { return "\(metric.rawValue) needs more units to be shown within its margin" }
        let clusters = memory.differences[candidate][metric]?.count ?? 0
        if clusters < policy.clusters.harm {
            return "\(metric.rawValue) needs \(policy.clusters.harm) clusters, has \(clusters)"
        }
        return "\(metric.rawValue) needs more clusters to be shown within its margin"
    }

    /// What a favourable verdict of a candidate still needs.
    func missingSuccess(ofCandidate candidate: Int) -> [String] {
        let name = armName(candidate + 1)
        let (needed, clusters) = (policy.clusters.favourable, difference(candidate).count)
        var missing: [String] = []
        if clusters < needed { missing.append("\(name) needs \(needed) clusters, has \(clusters)") }
        if servedSeconds < policy.minimumDuration {
            missing.append("a verdict needs \(policy.minimumDuration) s of service, has \(servedSeconds) s")
        }
        if missing.isEmpty, !isSuccess(candidate) {
            let goal = policy.success.goal == .superior ? "better" : "no worse than the margin"
            missing.append("\(name) is not shown to be \(goal) by \(policy.success.metric.rawValue)")
        }
        return missing
    }

    func isSuccess(_ candidate: Int) -> Bool {
        switch verdict(candidate) {
        case .better: true
        case .equivalent: policy.success.goal == .nonInferior
        default: false
        }
    }

    private func armName(_ arm: Int) -> String { arm == 0 ? "the control" : "candidate \(arm)" }
}
