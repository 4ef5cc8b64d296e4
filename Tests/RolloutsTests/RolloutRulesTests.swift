import Drift
import Rollouts
import Statistics
import Testing

@Suite struct RolloutRulesTests {
    /// In the second stage, and well, for three weeks.
    private func serving(
        _ policy: RolloutPolicy = .quick { $0.stages[1].minimumDuration = 21 * 86_400 },
        losses: [Double] = [0.45, 0.45]
    ) throws -> SimulatedRollout {
        var rollout = try SimulatedRollout(policy, losses: losses)
        try rollout.reach(.serving(step: 1))
        rollout.live()
        return rollout
    }

    private typealias Disturbance = (inout SimulatedRollout) -> Void

    /// Each is found and freezes the share.
    private let validity: [(RolloutFinding.Kind, Disturbance)] = [
        (.sampleRatio, { $0.evidence.units[1][1].seen *= 3 }),
        (.labelRatio, { $0.evidence.units[1][1].labelled /= 2 }),
        (.labelRatio, { $0.evidence.units[1][1].labelled = 0 }),
        (.crossovers, { $0.evidence.crossovers = 5000 }),
        (
            .silence,
            {
                $0.policy.silence = 3600
                $0.evidence.newest = .launch
            }
        ),
        (.emptyArm, { for stage in 0..<2 { $0.evidence.units[stage][1] = .init() } }),
        (.oneLabel, { $0.evidence.units[1][0].distinctLabels = 1 }),
        (.unusable, { $0.evidence.clusters[0].sums[0].sum = .nan }),
        (.unusable, { $0.evidence.clusters[0].sums[0].sum = 1e300 }),
        (.unusable, { $0.evidence.clusters[0].sums[0].count = -1 }),
        (.unusable, { $0.evidence.clusters[0].sums[0].arm = 9 }),
        (.unusable, { $0.evidence.clusters[0].sums[0].stage = -1 }),
        (.unusable, { $0.evidence.units[0][0].seen = -5 }),
        (.unusable, { $0.evidence.units[0][1].events[.exception] = .max }),
        (.unusable, { $0.evidence.units[0][1].events[.timeout] = -1 }),
        (.unusable, { $0.evidence.crossovers = -1 }),
    ]

    @Test func `evidence that is not to be trusted freezes the share, and is named`() throws {
        let rollout = try serving(losses: [0.45, 0.4])
        for (kind, disturb) in validity {
            var disturbed = rollout
            disturb(&disturbed)
            let outcome = disturbed.tick()
            #expect(outcome.rule == .validity && outcome.action == .freeze, "\(kind)")
            #expect(outcome.findings.contains { $0.kind == kind }, "\(kind): \(outcome.findings)")
            #expect(outcome.state.stages == rollout.state.stages)
        }
    }

    @Test func `nothing masks a hard guardrail, nor a kill`() throws {
        var random = SplitMix64(state: 8)
        let rollout = try serving(.quick { $0.soft = [.score: 5] })
        let others: [Disturbance] =
            validity.dropLast(4).map(\.1) + [
                { $0.policy.soft = [.score: 0] }, { $0.world.movedBy = "ada" }, { $0.world.gate = [.fail] },
                { $0.live(.init(.hold, actor: "ada", reason: "lunch")) }, { $0.world.unscorable = [3] },
                { $0.evidence.shadow = [.losses(5, days: 30, rows: 90)] },
            ]
        for round in 0..<150 {
            var disturbed = rollout
            for _ in 0..<Int.random(in: 0..<4, using: &random) {
                others.randomElement(using: &random)!(&disturbed)
            }
            guard !disturbed.state.isOver else { continue }
            let isKilled = round % 3 == 0
            disturbed.world.isKilled = isKilled
            if !isKilled { disturbed.evidence.failing(0.2, arm: 1, stage: 1) }
            let command = RolloutCommand.Kind.allCases.randomElement(using: &random)!
            let outcome = disturbed.tick(RolloutCommand(command, actor: "ada", reason: "because"))
            #expect(outcome.action == .rollBack && !outcome.state.isServing)
            #expect(outcome.rule == (isKilled ? .killSwitch : .hardGuardrail))
        }
    }

    @Test func `a version that is gone, or cannot be scored, ends the rollout`() throws {
        var rollout = try serving()
        rollout.world.unscorable = [0]
        rollout.tick()
        #expect(rollout.outcomes.last?.state.phase == .rolledBack)
        #expect(rollout.outcomes.last?.rule == .unscorable)
        var gated = try SimulatedRollout(.quick())
        gated.world.unscorable = [0]
        gated.tick()
        #expect(gated.outcomes.last?.state.phase == .rejected)
        #expect(gated.outcomes.last?.action == .close)
    }

    @Test func `a champion that was moved by hand supersedes the rollout`() throws {
        var rollout = try serving()
        rollout.world.movedBy = "ada"
        rollout.tick()
        #expect(rollout.outcomes.last?.state.phase == .superseded)
        #expect(rollout.outcomes.last?.action == .close)
    }

    @Test func `a promotion that was taken back by hand is not rolled back`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.4])
        try rollout.reach(.promoted(candidate: 0))
        rollout.world.movedBy = "ada"
        rollout.world.isKilled = true
        rollout.tick()
        #expect(rollout.outcomes.last?.state.phase == .superseded)
        #expect(rollout.outcomes.last?.action == .close)
    }

    @Test func `a soft guardrail holds until a person sets it aside`() throws {
        var rollout = try SimulatedRollout(.quick { $0.soft = [.latency: 0.01] }, losses: [0.45, 0.41])
        rollout.policy.soft = [.latency: 0.01]
        rollout.losses = [0.45, 0.55]
        rollout.policy.success = .init(.logLoss, .nonInferior, margin: 1)
        rollout.state = try RolloutState(rollout.state.launch, rollout.policy)
        try rollout.halt(days: 30)
        #expect(rollout.state.pause == .softGuardrail && rollout.state.phase == .serving(step: 0))
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.drift, candidate: 0, metric: .latency)])
        rollout.live()
        #expect(rollout.outcomes.last?.action == .hold)
        rollout.live(.init(.resume, actor: "ada", reason: "slower, and worth it"))
        #expect(rollout.state.waived == [.latency] && rollout.state.pause == nil)
        try rollout.reach(.promoted(candidate: 0))
    }

    @Test func `people hold, resume and abort`() throws {
        var rollout = try serving(losses: [0.45, 0.4])
        rollout.live(.init(.hold, actor: "ada", reason: "holidays"))
        for _ in 0..<20 {
            rollout.live()
            #expect(rollout.outcomes.last?.action == .hold)
        }
        #expect(rollout.state.pause == .operated(by: "ada") && rollout.state.phase == .serving(step: 1))
        rollout.live(.init(.resume, actor: "ada", reason: "back"))
        #expect(rollout.state.pause == nil && rollout.outcomes.last?.action == .advance(step: 2))
        rollout.live(.init(.abort, actor: "ada", reason: "no"))
        #expect(rollout.state.phase == .rolledBack && rollout.outcomes.last?.rule == .command)
    }

    @Test func `commands that make no sense change nothing, and are found`() throws {
        let rollout = try serving()
        for kind in [RolloutCommand.Kind.approve, .resume] {
            var other = rollout
            let outcome = other.tick(.init(kind, actor: "ada", reason: ""))
            #expect(
                outcome.findings.contains(RolloutFinding(.refusedCommand)) && !rollout.state.accepts(kind))
            #expect(outcome.state.phase == rollout.state.phase && outcome.isNews)
        }
    }

    @Test func `resumed out of time, a rollout has as much time again`() throws {
        var rollout = try SimulatedRollout(.quick(days: 30))
        try rollout.halt(days: 40)
        #expect(rollout.state.pause == .outOfTime)
        rollout.live(.init(.resume, actor: "ada", reason: "one more month"))
        for _ in 0..<29 { rollout.live() }
        #expect(rollout.state.pause == nil)
        try rollout.halt(days: 2)
        #expect(rollout.state.pause == .outOfTime)
    }

    @Test func `a clock that jumps back moves nothing`() throws {
        var rollout = try serving()
        let before = rollout.state
        var observation = RolloutObservation(time: .launch, evidence: rollout.evidence, world: rollout.world)
        rollout.tick(observation)
        #expect(rollout.outcomes.last?.state == before)
        observation.time = Timestamp(nanoseconds: .min)
        rollout.tick(observation)
        #expect(rollout.outcomes.last?.state == before)
    }

    @Test func `rows that come after their cluster are counted, and change nothing`() throws {
        var rollout = try serving()
        let before = rollout.state.memory
        rollout.evidence.clusters[0].sums[0].count += 3
        rollout.evidence.clusters[0].sums[0].sum += 100
        rollout.tick()
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.late)])
        #expect(rollout.state.memory.labelled.late == 3)
        #expect(rollout.state.memory.differences == before.differences)
    }

    @Test func `clusters without rows of an arm are left out, and counted`() throws {
        var rollout = try SimulatedRollout(.quick())
        try rollout.reach(.serving(step: 0))
        for _ in 0..<5 { rollout.live() }
        rollout.evidence.clusters[4].sums.removeAll { $0.arm == 1 }
        for _ in 0..<2 { rollout.live() }
        #expect(rollout.state.memory.labelled.incomplete == 1)
        #expect(rollout.state.memory.differences[0][.logLoss]?.count == 5)
    }

    @Test func `reports that come late, all together, are taken in in order`() throws {
        let onTime = try serving()
        var late = try SimulatedRollout(.quick())
        try late.reach(.serving(step: 0))
        late.evidence = onTime.evidence
        late.tick(
            RolloutObservation(
                time: onTime.state.memory.clock, evidence: onTime.evidence, world: onTime.world))
        #expect(late.state.memory.labelled.newest == onTime.state.memory.labelled.newest)
    }

    @Test func `without traffic a rollout waits, and says for what`() throws {
        var rollout = try SimulatedRollout(.quick { $0.silence = 90 * 86_400 })
        try rollout.reach(.serving(step: 0))
        let outcome = rollout.tick()
        #expect(outcome.rule == .wait)
        #expect(
            outcome.missing == [
                "stage 1 needs 86400 s, has run 0 s", "the control needs 1000 units in this stage, has 0",
                "candidate 1 needs 1000 units in this stage, has 0",
                "candidate 1 needs 10 clusters with labels, has 0",
                "candidate 1: exception needs more units to be shown within its margin",
            ])
    }

    @Test func `losses that never differ decide nothing`() throws {
        var rollout = try SimulatedRollout(.quick())
        rollout.noise = 0
        try rollout.halt(days: 70)
        #expect(rollout.state.pause == .outOfTime)
        #expect(rollout.outcomes.last?.verdicts == [.undecided])
    }

    @Test func `a rollout that is over stays so`() throws {
        var rollout = try serving()
        rollout.world.isKilled = true
        let over = rollout.tick().state
        rollout.world.isKilled = false
        let outcome = rollout.live(.init(.resume, actor: "ada", reason: "please"))
        #expect(outcome.state == over && outcome.action == .none && !outcome.isNews)
    }
}

extension RolloutEvidence {
    mutating func failing(_ rate: Double, arm: Int, stage: Int) {
        for arms in units.indices { units[arms][arm].seen = max(units[arms][arm].seen, 5000) }
        units[stage][arm].events[.exception] = Int(rate * Double(units[stage][arm].seen))
    }
}
