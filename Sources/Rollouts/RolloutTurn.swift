import Drift

/// One tick: rules are asked in their order, and the first that has something to say decides.
struct RolloutTurn {
    struct Ruling {
        var rule: RolloutRule
        var action: RolloutAction = .none

        /// Whether the rollout stays where it is.
        var isStill: Bool { [.none, .hold, .freeze].contains(action) }
    }

    private(set) var state: RolloutState
    private(set) var missing: [String] = []
    let policy: RolloutPolicy
    let observation: RolloutObservation
    let appraisal: RolloutAppraisal
    private var isRefused = false

    init(_ state: RolloutState, _ policy: RolloutPolicy, _ observation: RolloutObservation) {
        (self.state, self.policy, self.observation) = (state, policy, observation)
        appraisal = RolloutAppraisal(policy, state, observation)
        self.state.memory = appraisal.memory
    }

    private var clock: Timestamp { state.memory.clock }

    mutating func outcome() -> RolloutOutcome {
        let before = state
        let ruling = rule()
        if ruling.rule != .approval { state.awaiting = nil }
        if observation.command?.kind == .approve, ![.advance, .promote].contains(ruling.rule) {
            isRefused = true
        }
        state.conclusion = RolloutConclusion(
            rule: ruling.rule, verdicts: appraisal.verdicts(state.candidates), findings: findings)
        let isNews = observation.command != nil || !state.isSame(as: before)
        return RolloutOutcome(
            state: state, action: ruling.action, missing: missing, figures: isNews ? appraisal.figures : nil)
    }

    private mutating func rule() -> Ruling {
        overruledAfterPromotion() ?? killed() ?? unscorable() ?? harmed() ?? overruled() ?? obeyed()
            ?? proceeded()
    }

    private var findings: [RolloutFinding] {
        var findings = observation.world.isKilled ? [RolloutFinding(.killed)] : []
        findings += observation.world.unscorable.sorted().map { RolloutFinding(.unscorable, candidate: $0) }
        findings += appraisal.findings
        return isRefused ? findings + [RolloutFinding(.refusedCommand)] : findings
    }

    // MARK: Ends

    private mutating func end(_ phase: RolloutState.Phase, _ rule: RolloutRule) -> Ruling {
        let wasServing = state.isServing
        enter(phase)
        return Ruling(rule: rule, action: wasServing ? .rollBack : .close)
    }

    private mutating func enter(_ phase: RolloutState.Phase) {
        (state.phase, state.since, state.pause) = (phase, clock, nil)
    }

    /// The end of a rollout whose candidates are not to serve.
    private mutating func withdraw(_ rule: RolloutRule) -> Ruling {
        guard state.isServing else { return end(.rejected, rule) }
        return end(appraisal.isChampionBad ? .bothBad : .rolledBack, rule)
    }

    /// Takes candidates out; without any left the rollout ends.
    private mutating func drop(
        _ candidates: [Int], _ standing: RolloutState.Standing, _ rule: RolloutRule
    ) -> Ruling {
        for candidate in candidates { state.candidates[candidate] = standing }
        if state.live.isEmpty { return withdraw(rule) }
        if case .serving(let step) = state.phase { begin(step: step) }
        return Ruling(rule: rule, action: .drop(candidates: candidates))
    }

    private mutating func begin(step: Int) {
        let shares = policy.shares(inStep: step, isLive: state.candidates.map { $0 == .live })
        state.stages.append(
            RolloutState.BegunStage(
                step: step, since: clock, shares: shares, champion: state.launch.control.version))
    }

    // MARK: Rules 1 and 2

    private mutating func killed() -> Ruling? {
        observation.world.isKilled ? withdraw(.killSwitch) : nil
    }

    private mutating func unscorable() -> Ruling? {
        let gone = active.filter(observation.world.unscorable.contains)
        return gone.isEmpty ? nil : leave(gone, .unscorable, .unscorable)
    }

    private mutating func harmed() -> Ruling? {
        guard state.isServing, !isBaked else { return nil }
        let harmful = active.filter(appraisal.isHarmful)
        return harmful.isEmpty ? nil : leave(harmful, .harmful, .hardGuardrail)
    }

    /// Those whose harm is the rollout's: after a promotion the promoted one alone.
    private var active: [Int] {
        if case .promoted(let candidate) = state.phase { [candidate] } else { state.live }
    }

    private mutating func leave(
        _ candidates: [Int], _ standing: RolloutState.Standing, _ rule: RolloutRule
    ) -> Ruling {
        guard case .promoted = state.phase else { return drop(candidates, standing, rule) }
        for candidate in candidates { state.candidates[candidate] = standing }
        return withdraw(rule)
    }

    // MARK: People

    /// Once a promotion has been taken back by hand, there is nothing to roll back to.
    private mutating func overruledAfterPromotion() -> Ruling? {
        if case .promoted = state.phase { overruled() } else { nil }
    }

    private mutating func overruled() -> Ruling? {
        guard observation.world.movedBy != nil else { return nil }
        enter(.superseded)
        return Ruling(rule: .superseded, action: .close)
    }

    private mutating func obeyed() -> Ruling? {
        guard let command = observation.command else { return nil }
        guard state.accepts(command.kind) else {
            isRefused = true
            return nil
        }
        switch command.kind {
        case .abort: return withdraw(.command)
        case .hold:
            state.pause = .operated(by: command.actor)
            return Ruling(rule: .command, action: .hold)
        case .resume: resume()
        case .approve: break
        }
        return nil
    }

    private mutating func resume() {
        switch state.pause {
        case .softGuardrail: state.waived = Set(state.waived).union(drifting).sorted()
        case .operated, .outOfTime, nil: break
        }
        state.timedFrom = clock
        state.pause = nil
    }

    private var drifting: [RolloutMetric] {
        appraisal.findings.filter { $0.kind == .drift }.compactMap(\.metric)
    }

    /// Whether a person has just agreed to the step that waited, or need not.
    private func isApproved(_ step: RolloutPolicy.ApprovalStep) -> Bool {
        let isAgreed = observation.command?.kind == .approve && state.awaiting == step
        return isAgreed || !policy.approval.contains(step)
    }

    private mutating func ask(_ step: RolloutPolicy.ApprovalStep) -> Ruling {
        state.awaiting = step
        missing = ["a person must approve: \(step.rawValue)"]
        return Ruling(rule: .approval)
    }

    // MARK: Rules 3 to 7

    private mutating func proceeded() -> Ruling {
        if case .promoted(let candidate) = state.phase { return bake(candidate) }
        let ruling = frozen() ?? held() ?? paused() ?? step()
        return ruling.isStill && isOutOfTime ? expire() : ruling
    }

    private func frozen() -> Ruling? {
        appraisal.validity.isEmpty ? nil : Ruling(rule: .validity, action: .freeze)
    }

    private mutating func held() -> Ruling? {
        guard state.isServing, state.pause == nil else { return nil }
        guard drifting.contains(where: { !state.waived.contains($0) }) else { return nil }
        state.pause = .softGuardrail
        return Ruling(rule: .softGuardrail, action: .hold)
    }

    private func paused() -> Ruling? {
        state.pause.map { $0 == .softGuardrail ? .softGuardrail : .paused }.map {
            Ruling(rule: $0, action: .hold)
        }
    }

    private mutating func step() -> Ruling {
        switch state.phase {
        case .gate: passGate()
        case .shadow: leaveShadow()
        case .serving(let step): serve(step)
        default: Ruling(rule: .ended)
        }
    }

    private mutating func passGate() -> Ruling {
        let gate = observation.world.gate
        func verdict(_ candidate: Int) -> GateReport.Verdict? {
            gate.indices.contains(candidate) ? gate[candidate] : nil
        }
        let failed = state.live.filter { verdict($0) == .fail }
        if !failed.isEmpty { return drop(failed, .rejected, .gate) }
        missing = state.live.filter { verdict($0) != .pass }.map { candidate in
            verdict(candidate) == nil
                ? "the gate has not judged candidate \(candidate + 1) yet"
                : "the gate could not decide about candidate \(candidate + 1)"
        }
        if missing.isEmpty { enter(.shadow) }
        return Ruling(rule: .gate)
    }

    private mutating func leaveShadow() -> Ruling {
        guard policy.shadow.isOn else { return enterService() }
        let trials = state.live.map { ($0, ShadowTrial($0, appraisal)) }
        let worse = trials.filter { $0.1.isWorse }.map(\.0)
        if !worse.isEmpty { return drop(worse, .rejected, .shadow) }
        missing = trials.flatMap { $0.1.missing }
        return missing.isEmpty ? enterService() : Ruling(rule: .shadow)
    }

    private mutating func enterService() -> Ruling {
        guard isApproved(.serving) else { return ask(.serving) }
        return advance(to: 0)
    }

    private mutating func advance(to step: Int) -> Ruling {
        enter(.serving(step: step))
        begin(step: step)
        return Ruling(rule: .advance, action: .advance(step: step))
    }

    private mutating func serve(_ step: Int) -> Ruling {
        if state.live.allSatisfy({ appraisal.verdict($0) == .bothBad }) { return end(.bothBad, .bothBad) }
        missing = appraisal.missing(inStep: step, since: state.since)
        guard step + 1 < policy.stages.count else { return promote() }
        missing += state.live.flatMap { appraisal.missing(ofCandidate: $0, waived: state.waived) }
        guard missing.isEmpty else { return Ruling(rule: .wait) }
        return isApproved(.stage) ? advance(to: step + 1) : ask(.stage)
    }

    /// The best of those that have shown what they must.
    private mutating func promote() -> Ruling {
        let needs = state.live.map { candidate in
            appraisal.missing(ofCandidate: candidate, waived: state.waived)
                + appraisal.missingSuccess(ofCandidate: candidate)
        }
        let fit = zip(state.live, needs).filter(\.1.isEmpty).map(\.0)
        let best = fit.min { appraisal.difference($0).mean < appraisal.difference($1).mean }
        guard missing.isEmpty, let best else {
            missing += needs.joined()
            return Ruling(rule: .wait)
        }
        guard isApproved(.promotion) else { return ask(.promotion) }
        enter(.promoted(candidate: best))
        let shares = policy.holdbackShares(isLive: state.candidates.indices.map { $0 == best })
        state.stages.append(
            RolloutState.BegunStage(
                step: nil, since: clock, shares: shares, champion: state.launch.candidates[best].version))
        return Ruling(rule: .promote, action: .promote(candidate: best))
    }

    private mutating func bake(_ candidate: Int) -> Ruling {
        let served = clock.seconds(since: state.since)
        guard served < policy.holdbackDuration ?? policy.baking else {
            enter(.closed(candidate: candidate))
            return Ruling(rule: .baking, action: .close)
        }
        missing = [
            served < policy.baking
                ? "a promoted version is watched for \(policy.baking) s, has been for \(served) s"
                : "the former champion serves its part until \(policy.holdbackDuration ?? 0) s after the promotion"
        ]
        return Ruling(rule: .baking)
    }

    /// Whether the promotion stands, and only the former champion's part goes on.
    private var isBaked: Bool {
        guard case .promoted = state.phase, policy.holdbackDuration != nil else { return false }
        return clock.seconds(since: state.since) >= policy.baking
    }

    private var isOutOfTime: Bool { clock.seconds(since: state.timedFrom) >= policy.maximumDuration }

    private mutating func expire() -> Ruling {
        guard policy.onInconclusive == .revert else {
            state.pause = state.pause ?? .outOfTime
            return Ruling(rule: .outOfTime, action: .hold)
        }
        return end(appraisal.isChampionBad ? .bothBad : .expired, .outOfTime)
    }
}
