import Drift
import Glibc
import Rollouts
import Statistics
import Testing

/// Random walks of policies, evidence, commands and clocks, held against what must be true of any.
@Suite struct RolloutPropertyTests {
    @Test(arguments: 0..<24 as Range<UInt64>)
    func `whatever happens, rules hold at every tick and the log is derived again`(seed: UInt64) throws {
        var walk = try RandomWalk(seed: seed)
        for _ in 0..<150 where !walk.rollout.state.isOver {
            let before = walk.rollout.state
            let outcome = walk.step()
            checkPath(before, outcome, walk.rollout.policy)
            checkSafety(before, outcome, walk)
            #expect(outcome.state.memory.clock >= before.memory.clock)
        }
        let replay = RolloutReplay(walk.rollout.state.launch, walk.rollout.policy)
        let entries = try replay(walk.rollout.log.lines, head: walk.rollout.log.head)
        #expect(entries.last?.after.phase == walk.rollout.state.phase)
    }

    /// No path skips the gate, the shadow or a stage, and none to the promotion is taken without a verdict.
    private func checkPath(_ before: RolloutState, _ outcome: RolloutOutcome, _ policy: RolloutPolicy) {
        switch (before.phase, outcome.state.phase) {
        case let (old, new) where old == new: break
        case (_, .rejected), (_, .superseded), (_, .expired): break
        case (.gate, .shadow): break
        case (.shadow, .serving(step: 0)): break
        case (.serving(let step), .serving(let next)): #expect(next == step + 1)
        case (.serving(let step), .promoted(let candidate)):
            #expect(step == policy.stages.count - 1 && outcome.action == .promote(candidate: candidate))
            let verdict = outcome.verdicts[candidate]
            #expect(verdict == .better || verdict == .equivalent && policy.success.goal == .nonInferior)
            #expect(
                outcome.findings.allSatisfy {
                    [.late, .championBad, .drift, .refusedCommand].contains($0.kind)
                })
        case (.serving, .rolledBack), (.serving, .bothBad), (.promoted, .rolledBack), (.promoted, .bothBad):
            break
        case (.promoted(let old), .closed(let new)): #expect(old == new)
        case let (old, new): Issue.record("from \(old) to \(new)")
        }
    }

    /// A kill, or harm by an interval that is found another way, leaves no such candidate in service.
    private func checkSafety(_ before: RolloutState, _ outcome: RolloutOutcome, _ walk: RandomWalk) {
        guard before.isServing, walk.rollout.world.movedBy == nil else { return }
        if walk.rollout.world.isKilled { #expect(outcome.action == .rollBack) }
        guard case .serving = before.phase else { return }
        for candidate in before.candidates.indices where before.candidates[candidate] == .live {
            if walk.isHarmful(candidate, before) {
                #expect(!outcome.state.isServing || outcome.state.candidates[candidate] != .live)
            }
        }
    }
}

private struct RandomWalk {
    var rollout: SimulatedRollout
    private var random: SplitMix64
    private var clock = Timestamp.launch

    init(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let candidates = Int.random(in: 1...3, using: &random)
        var policy = RolloutPolicy.quick(days: Int64.random(in: 20...50, using: &random))
        policy.stages = [.init(share: 0.05, minimumUnits: 100), .init(share: 0.25, minimumUnits: 500)]
        policy.success.goal = random.chance(0.5) ? .superior : .nonInferior
        policy.success.margin = random.chance(0.5) ? 0.02 : 0
        policy.soft = random.chance(0.5) ? [.score: 0.2] : [:]
        policy.floor = random.chance(0.3) ? 0.4 : nil
        policy.onInconclusive = random.chance(0.5) ? .hold : .revert
        policy.approval = random.chance(0.3) ? [.stage, .promotion] : []
        policy.minimumDuration = 10 * 86_400
        policy.isGated = random.chance(0.5)
        let losses = (0...candidates).map { _ in 0.45 + 0.04 * random.normal() }
        rollout = try SimulatedRollout(policy, losses: losses, seed: seed)
        rollout.rates = rollout.rates.map { _ in random.chance(0.1) ? 0.01 : 0.0001 }
        self.random = random
    }

    mutating func step() -> RolloutOutcome {
        if random.chance(0.1) { disturb() }
        if random.chance(0.1) { try? restart() }
        rollout.world.isKilled = random.chance(0.005)
        if random.chance(0.003) { rollout.world.movedBy = "grace" }
        if random.chance(0.05) { return rollout.tick(observationOfBrokenClock()) }
        return random.chance(0.2) ? rollout.tick(command()) : rollout.live(command())
    }

    private mutating func command() -> RolloutCommand? {
        guard random.chance(rollout.state.awaiting == nil && rollout.state.pause == nil ? 0.05 : 0.5) else {
            return nil
        }
        let kinds: [RolloutCommand.Kind] = [.approve, .approve, .resume, .resume, .resume, .hold]
        return RolloutCommand(
            random.chance(0.05) ? .abort : kinds.randomElement(using: &random)!, actor: "ada",
            reason: "why not")
    }

    private mutating func observationOfBrokenClock() -> RolloutObservation {
        let apart = Int64.random(in: -40...2, using: &random) * Timestamp.day
        return RolloutObservation(
            time: rollout.state.memory.clock.advanced(by: apart), evidence: rollout.evidence,
            world: rollout.world)
    }

    /// Between two ticks the process may end.
    private mutating func restart() throws {
        let text = CanonicalJSON.encode(rollout.state)
        let again = try CanonicalJSON.decode(RolloutState.self, from: text)
        #expect(again == rollout.state && CanonicalJSON.encode(again) == text)
        rollout.state = again
        rollout.log = try DecisionLog(again.launch, rollout.policy, resuming: rollout.log.lines)
    }

    private mutating func disturb() {
        let arm = Int.random(in: 0..<rollout.losses.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: rollout.evidence.newest = nil
        case 1: rollout.evidence.crossovers = Int.random(in: -1...50, using: &random)
        case 2: rollout.rates[arm] = random.chance(0.5) ? 0.02 : 0.0001
        case 3: rollout.losses[arm] += 0.05 * random.normal()
        case 4: disturbSums()
        default: rollout.evidence.shadow[max(0, arm - 1)] = .losses(0.1 * random.normal(), days: 12, rows: 50)
        }
    }

    private mutating func disturbSums() {
        guard let cluster = rollout.evidence.clusters.indices.last else { return }
        guard !rollout.evidence.clusters[cluster].sums.isEmpty else { return }
        let sums: [Double] = [.nan, .infinity, -1e308, 0, -0.0, 1e-300]
        rollout.evidence.clusters[cluster].sums[0].sum = sums.randomElement(using: &random)!
    }

    func isHarmful(_ candidate: Int, _ state: RolloutState) -> Bool {
        rollout.policy.hard.contains { metric, margin in
            var test: CountTest?
            for (stage, arms) in zip(state.stages, rollout.evidence.units)
            where stage.shares.candidates[candidate] > 0 {
                test?.begin(share: 0.5)
                test = test ?? CountTest(share: 0.5)
                test?.observe(
                    champion: arms[0].events[metric] ?? 0, candidate: arms[candidate + 1].events[metric] ?? 0)
            }
            let alpha = rollout.policy.alpha / Double(state.candidates.count)
            guard let interval = test?.logRateRatio(alpha: alpha) else { return false }
            return interval.lowerBound > log1p(margin)
        }
    }
}
