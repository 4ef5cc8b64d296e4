import Drift
import Rollouts
import Statistics
import Testing

@Suite struct RolloutLifecycleTests {
    @Test func `a better candidate climbs every stage, is promoted, watched and closed`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.41])
        try rollout.reach(.closed(candidate: 0))
        let actions = rollout.outcomes.map(\.action).filter { $0 != .none }
        #expect(
            actions == [
                .advance(step: 0), .advance(step: 1), .advance(step: 2), .promote(candidate: 0), .close,
            ])
        let shares = rollout.state.stages.map { [$0.shares.control, $0.shares.candidates[0]] }
        #expect(shares == [[0.05, 0.05], [0.25, 0.25], [0.5, 0.5], [0.05, 0.05]])
        #expect(rollout.state.stages.map(\.step) == [0, 1, 2, nil])
    }

    @Test func `a favourable verdict waits for its clusters and its days`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.1])
        try rollout.reach(.promoted(candidate: 0))
        let served = rollout.state.since.nanoseconds - rollout.state.stages[0].since.nanoseconds
        #expect(served / Timestamp.day == 21, "20 days, and one until labels are in")
    }

    @Test func `a candidate that fails more often is rolled back in the first stage`() throws {
        var rollout = try SimulatedRollout(.quick(), rates: [0.002, 0.02])
        try rollout.reach(.rolledBack, days: 10)
        #expect(rollout.state.stages.count == 1)
        #expect(rollout.outcomes.last?.rule == .hardGuardrail)
        #expect(rollout.outcomes.last?.action == .rollBack)
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.harm, candidate: 0, metric: .exception)])
        #expect(rollout.outcomes.last?.verdicts == [.worse])
    }

    @Test func `a candidate whose losses are higher is rolled back in the first stage`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.52])
        try rollout.reach(.rolledBack, days: 20)
        #expect(rollout.state.stages.count == 1)
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.loss, candidate: 0, metric: .logLoss)])
    }

    @Test func `an equal candidate is not promoted on superiority`() throws {
        var rollout = try SimulatedRollout(.quick())
        try rollout.halt(days: 70)
        #expect(rollout.state.phase == .serving(step: 2) && rollout.state.pause == .outOfTime)
        #expect(rollout.outcomes.last?.rule == .outOfTime && rollout.outcomes.last?.action == .hold)
        #expect(rollout.outcomes.last?.missing == ["candidate 1 is not shown to be better by log_loss"])
    }

    @Test func `an equal candidate is promoted on non-inferiority, once its bound is inside the margin`()
        throws
    {
        var rollout = try SimulatedRollout(.quick(.init(.logLoss, .nonInferior, margin: 0.03)))
        try rollout.reach(.promoted(candidate: 0))
        let outcome = try #require(rollout.outcomes.last)
        #expect(outcome.verdicts == [.equivalent])
        #expect(try #require(outcome.figures?.success[0].upper) < 0.03)
    }

    @Test func `out of time, a rollout that is to revert gives the units back`() throws {
        var rollout = try SimulatedRollout(.quick { $0.onInconclusive = .revert })
        try rollout.reach(.expired, days: 70)
        #expect(rollout.outcomes.last?.action == .rollBack)
    }

    @Test func `two bad models are no choice: units go back, and the verdict says so`() throws {
        var rollout = try SimulatedRollout(.quick { $0.floor = 0.3 })
        try rollout.reach(.bothBad)
        #expect(rollout.outcomes.last?.verdicts == [.bothBad])
        #expect(rollout.outcomes.last?.findings == [RolloutFinding(.championBad)])
        #expect(rollout.outcomes.last?.action == .rollBack)
    }

    @Test func `a better candidate of a champion beyond its floor is promoted`() throws {
        var rollout = try SimulatedRollout(.quick { $0.floor = 0.3 }, losses: [0.45, 0.38])
        try rollout.reach(.promoted(candidate: 0))
    }

    @Test func `of three candidates the harmful one leaves, the best is promoted`() throws {
        var policy = RolloutPolicy.quick()
        policy.stages = [.init(share: 0.05), .init(share: 0.2)]
        var rollout = try SimulatedRollout(
            policy, losses: [0.45, 0.45, 0.36, 0.4], rates: [0.0001, 0.03, 0.0001, 0.0001])
        try rollout.reach(.promoted(candidate: 1))
        #expect(rollout.outcomes.map(\.action).contains(.drop(candidates: [0])))
        #expect(rollout.state.candidates == [.harmful, .live, .live])
        #expect(rollout.state.stages[1].shares.candidates == [0, 0.05, 0.05])
    }

    @Test func `harm after the promotion rolls back`() throws {
        var rollout = try SimulatedRollout(.quick(), losses: [0.45, 0.4])
        try rollout.reach(.promoted(candidate: 0))
        rollout.rates = [0.0001, 0.05]
        try rollout.reach(.rolledBack, days: 6)
        #expect(rollout.outcomes.last?.action == .rollBack)
    }

    @Test func `a holdback that outlasts the watch is served on, and a harm changes nothing any more`() throws
    {
        let day: Int64 = 86_400
        var rollout = try SimulatedRollout(
            .quick { ($0.baking, $0.holdbackDuration) = (5 * day, 12 * day) }, losses: [0.45, 0.4])
        try rollout.reach(.promoted(candidate: 0))
        let promoted = rollout.day
        for _ in 0..<6 { rollout.live() }
        #expect(rollout.outcomes.last?.missing.first?.hasPrefix("the former champion serves") == true)
        rollout.rates = [0.0001, 0.05]
        try rollout.reach(.closed(candidate: 0))
        #expect(rollout.day - promoted == 12)
        #expect(rollout.outcomes.last?.findings.contains { $0.kind == .harm } == true)
    }

    @Test func `the gate lets nobody through whom it has not passed`() throws {
        var rollout = try SimulatedRollout(.quick())
        for verdict in [nil, GateReport.Verdict.inconclusive] {
            rollout.world.gate = [verdict]
            rollout.live()
            #expect(rollout.outcomes.last?.state.phase == .gate)
            #expect(rollout.outcomes.last?.missing.count == 1)
        }
        rollout.world.gate = []
        rollout.live()
        #expect(rollout.outcomes.last?.state.phase == .gate)
        rollout.world.gate = [.fail]
        rollout.live()
        #expect(rollout.outcomes.last?.state.phase == .rejected)
        #expect(rollout.outcomes.last?.action == .close)
    }

    @Test func `the shadow turns away who is worse, and waits for rows`() throws {
        var rollout = try SimulatedRollout(.quick { $0.shadow = .init(isOn: true, minimumRows: 500) })
        try rollout.reach(.shadow)
        rollout.live()
        #expect(
            rollout.outcomes.last?.missing == [
                "candidate 1 needs 500 rows in the shadow, has 0",
                "candidate 1 needs 10 clusters in the shadow, has 0",
                "no agent has brought labelled rows yet that came after the versions' training",
            ])
        rollout.evidence.shadow = [.losses(0.1, days: 12, rows: 50)]
        var other = rollout
        rollout.live()
        #expect(rollout.outcomes.last?.state.phase == .rejected)
        #expect(rollout.outcomes.last?.rule == .shadow && rollout.outcomes.last?.verdicts == [.worse])
        other.evidence.shadow = [.losses(-0.1, days: 12, rows: 50)]
        other.live()
        #expect(other.outcomes.last?.state.phase == .serving(step: 0))
    }

    @Test func `a shadow of few days finds no harm, and waits for more of them`() throws {
        var rollout = try SimulatedRollout(.quick { $0.shadow = .init(isOn: true, minimumRows: 500) })
        try rollout.reach(.shadow)
        rollout.evidence.shadow = [.losses(0.1, days: 9, rows: 5000)]
        rollout.live()
        #expect(rollout.state.phase == .shadow)
        #expect(rollout.outcomes.last?.missing == ["candidate 1 needs 10 clusters in the shadow, has 9"])
    }

    @Test func `labels of a cluster have their time before it counts in the shadow`() throws {
        var rollout = try SimulatedRollout(.quick { $0.shadow = .init(isOn: true, minimumRows: 500) })
        try rollout.reach(.shadow)
        for closed in 7..<10 {
            rollout.evidence.shadow = [
                .losses(0.1, days: 12, rows: 50, until: Int(rollout.day) + 11 - closed)
            ]
            rollout.tick()
            #expect(
                rollout.outcomes.last?.missing.last
                    == "candidate 1 needs 10 clusters in the shadow, has \(closed)")
        }
    }

    @Test func `what stands in a shadow's way is said as long as it waits`() throws {
        var rollout = try SimulatedRollout(.quick { $0.shadow = .init(isOn: true, minimumRows: 500) })
        try rollout.reach(.shadow)
        rollout.evidence.shadow = [.init(differences: [], obstacle: "the champion cannot be scored")]
        rollout.live()
        #expect(rollout.outcomes.last?.missing.last == "the champion cannot be scored")
        rollout.evidence.shadow[0] = .losses(-0.1, days: 12, rows: 50)
        rollout.evidence.shadow[0]?.obstacle = "no newer rows"
        rollout.live()
        #expect(rollout.state.phase == .serving(step: 0))
        let interval = try #require(rollout.outcomes.last?.figures?.shadow?[0])
        #expect(interval.lower! < -0.1 && interval.upper! > -0.1)
    }

    @Test func `steps that need a person wait for one`() throws {
        var rollout = try SimulatedRollout(
            .quick { $0.approval = [.serving, .promotion] }, losses: [0.45, 0.4])
        let approve = RolloutCommand(.approve, actor: "ada", reason: "looked at it")
        for step in [RolloutPolicy.ApprovalStep.serving, .promotion] {
            for _ in 0..<40 where rollout.state.awaiting == nil { rollout.live() }
            #expect(rollout.state.awaiting == step)
            rollout.live()
            #expect(rollout.state.awaiting == step)
            rollout.live(approve)
            #expect(rollout.state.awaiting == nil)
        }
        #expect(rollout.state.phase == .promoted(candidate: 0))
    }
}

extension RolloutEvidence.Shadow {
    /// Days about a mean difference.
    ///
    /// - Parameter end: the day after the last, counted from the launch.
    static func losses(
        _ mean: Double, days: Int, rows: Int, until end: Int = 0
    ) -> RolloutEvidence.Shadow {
        RolloutEvidence.Shadow(
            differences: (0..<days).map { day in
                let weather = Double(day % 3 - 1) * 0.02
                return .init(
                    start: .launch.advanced(by: Int64(day - days + end) * Timestamp.day), count: rows,
                    sum: (mean + weather) * Double(rows))
            })
    }
}
