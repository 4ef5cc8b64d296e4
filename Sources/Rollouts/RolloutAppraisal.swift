import Drift
import Statistics

/// What the evidence says at a tick, before any rule is asked.
struct RolloutAppraisal {
    let policy: RolloutPolicy
    let launch: RolloutLaunch
    let stages: [RolloutState.BegunStage]
    let evidence: RolloutEvidence
    let standings: [RolloutState.Standing]
    /// Candidates that are still in the rollout.
    let live: [Int]
    private(set) var memory: RolloutMemory
    /// By candidates; nothing of those that have left.
    private(set) var hard: [[RolloutMetric: Bearing]]
    private(set) var soft: [[RolloutMetric: Bearing]]
    private(set) var validity: [RolloutFinding] = []
    private var areEventsUsable = true

    init(_ policy: RolloutPolicy, _ state: RolloutState, _ observation: RolloutObservation) {
        (self.policy, launch, stages) = (policy, state.launch, state.stages)
        (standings, live) = (state.candidates, state.live)
        (evidence, memory) = (observation.evidence, state.memory)
        hard = state.candidates.map { _ in [:] }
        soft = hard
        memory.clock = max(memory.clock, observation.time)
        memory.take(evidence.clusters, policy, stages: stages.count)
        for candidate in live { bear(on: candidate) }
        if state.isServing { validity = checkValidity() }
    }

    private mutating func bear(on candidate: Int) {
        for (metric, margin) in policy.hard {
            hard[candidate][metric] = bearing(of: metric, margin, candidate)
        }
        for (metric, margin) in policy.soft {
            soft[candidate][metric] = bearing(of: metric, margin, candidate)
        }
    }

    private mutating func bearing(of metric: RolloutMetric, _ margin: Double, _ candidate: Int) -> Bearing {
        guard metric.isEvent else {
            let test = memory.differences[candidate][metric]
            return test?.bearing(margin: margin, alpha: level, isTwoSided: metric.isTwoSided) ?? .open
        }
        let events = events(metric, candidate)
        areEventsUsable = areEventsUsable && events.isUsable
        return events.bearing(
            margin: margin, negligible: policy.negligible, alpha: level,
            evidence: &memory.harm[candidate][metric, default: EValue()])
    }

    func events(_ metric: RolloutMetric, _ candidate: Int) -> EventCounts {
        EventCounts(metric, ofCandidate: candidate, stages, evidence.units)
    }

    /// Candidates share α.
    var level: Double { policy.alpha / Double(launch.candidates.count) }

    var favourableLevel: Double { policy.favourableLevel(launch) }
}

extension RolloutPolicy {
    /// Of a favourable verdict: what is left to a rollout of the model's error budget, shared by candidates.
    func favourableLevel(_ launch: RolloutLaunch) -> Double {
        min(alpha, errorBudget.share(rank: launch.rank)) / Double(launch.candidates.count)
    }
}

// MARK: - Validity

extension RolloutAppraisal {
    private mutating func checkValidity() -> [RolloutFinding] {
        var findings: [RolloutFinding] = []
        if !isUsable { findings.append(RolloutFinding(.unusable)) }
        memory.sampleRatio.observe(skewEvidence(\.seen))
        memory.labelRatio.observe(skewEvidence(\.labelled))
        let alpha = policy.sampleRatioAlpha
        if memory.sampleRatio.rejects(at: alpha) { findings.append(RolloutFinding(.sampleRatio)) }
        if memory.labelRatio.rejects(at: alpha) { findings.append(RolloutFinding(.labelRatio)) }
        if isCrossed { findings.append(RolloutFinding(.crossovers)) }
        if isSilent { findings.append(RolloutFinding(.silence)) }
        return findings + emptyArms + oneLabels
    }

    /// ln E that units fall into the arms as configured.
    private func skewEvidence(_ count: KeyPath<RolloutEvidence.ArmUnits, Int>) -> Double {
        var test: SampleRatioTest?
        for (stage, begun) in stages.enumerated() {
            let shares = [begun.shares.control] + begun.shares.candidates
            let open = shares.indices.filter { shares[$0] > 0 }
            let counts = open.map { units(stage, $0)[keyPath: count] }
            guard open.count > 1, counts.allSatisfy(\.isPlausible) else { continue }
            let openShares = open.map { shares[$0] }
            test?.begin(shares: openShares)
            test = test ?? SampleRatioTest(shares: openShares)
            test?.observe(counts)
        }
        return test?.logEvidence ?? 0
    }

    func units(_ stage: Int, _ arm: Int) -> RolloutEvidence.ArmUnits {
        guard evidence.units.indices.contains(stage), evidence.units[stage].indices.contains(arm) else {
            return RolloutEvidence.ArmUnits()
        }
        return evidence.units[stage][arm]
    }

    /// In all stages, or in those of one step.
    func seen(_ arm: Int, inStep step: Int? = nil) -> Int {
        stages.indices.reduce(0) { sum, stage in
            step == nil || stages[stage].step == step ? sum &+ units(stage, arm).seen : sum
        }
    }

    private var arms: Range<Int> { 0..<launch.candidates.count + 1 }

    private var isUsable: Bool {
        evidence.crossovers.isPlausible && evidence.units.allSatisfy { $0.allSatisfy(\.isConsistent) }
            && evidence.clusters.allSatisfy { $0.sums.allSatisfy(isUsable) }
            && areEventsUsable
    }

    private func isUsable(_ sum: RolloutEvidence.ClusterSum) -> Bool {
        sum.isUsable && stages.indices.contains(sum.stage) && arms.contains(sum.arm)
    }

    private var isCrossed: Bool {
        let units = arms.reduce(0) { $0 + Double(seen($1)) }
        return Double(evidence.crossovers) > policy.crossoverLimit * units && evidence.crossovers > 0
    }

    private var isSilent: Bool {
        guard let since = stages.last?.since else { return false }
        return memory.clock > max(since, evidence.newest ?? since).advanced(seconds: policy.silence)
    }

    /// Without units once others have had time for as many as a step needs.
    private var emptyArms: [RolloutFinding] {
        let arms = [0] + live.map { $0 + 1 }
        let most = arms.map { self.seen($0) }.max() ?? 0
        guard most >= policy.stages[0].minimumUnits else { return [] }
        return arms.filter { self.seen($0) == 0 }.map { RolloutFinding(.emptyArm, arm: $0) }
    }

    /// Labels before they can be said to be all the same.
    private static let fewestLabels = 20

    private var oneLabels: [RolloutFinding] {
        ([0] + live.map { $0 + 1 }).filter { arm in
            let units = stages.indices.map { self.units($0, arm) }
            let labelled = units.reduce(0) { $0 &+ $1.labelled }
            let kinds = units.compactMap(\.distinctLabels).max()
            return labelled >= RolloutAppraisal.fewestLabels && kinds.map { $0 < 2 } ?? false
        }
        .map { RolloutFinding(.oneLabel, arm: $0) }
    }
}

extension RolloutEvidence.ArmUnits {
    fileprivate var isConsistent: Bool {
        seen.isPlausible && labelled.isPlausible && labelled <= seen
            && events.values.allSatisfy(\.isPlausible)
    }
}

extension RolloutFinding {
    /// Of the control, no candidate is named.
    fileprivate init(_ kind: Kind, arm: Int) { self.init(kind, candidate: arm == 0 ? nil : arm - 1) }
}

extension Timestamp {
    func advanced(seconds: Int64) -> Timestamp { advanced(by: seconds * 1_000_000_000) }
}
