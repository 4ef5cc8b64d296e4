import Drift
import Glibc
import Rollouts
import Statistics

/// A service that follows a rollout, a tick a day: units, their failures, and losses whose days have weather of their own.
struct SimulatedRollout {
    var policy: RolloutPolicy
    var state: RolloutState
    var log: DecisionLog
    var evidence = RolloutEvidence()
    var world = RolloutWorld()
    /// By arms, of every event.
    var rates: [Double]
    /// By arms, of the success metric.
    var losses: [Double]
    /// Of a day's mean.
    var noise = 0.02
    var unitsADay = 30_000.0
    var outcomes: [RolloutOutcome] = []
    private var random: SplitMix64
    private(set) var day: Int64 = 0

    init(
        _ policy: RolloutPolicy, losses: [Double] = [0.45, 0.45], rates: [Double]? = nil, seed: UInt64 = 1
    ) throws {
        let launch = RolloutLaunch.example(candidates: losses.count - 1)
        (self.policy, self.losses) = (policy, losses)
        self.rates = rates ?? losses.map { _ in 0.0001 }
        state = try RolloutState(launch, policy)
        log = DecisionLog(launch, policy)
        random = SplitMix64(state: seed)
        world.gate = launch.candidates.map { _ in .pass }
        evidence.shadow = launch.candidates.map { _ in nil }
    }

    /// The world goes on for a day, then comes a tick.
    @discardableResult
    mutating func live(_ command: RolloutCommand? = nil) -> RolloutOutcome {
        if state.isServing { serve() }
        day += 1
        return tick(command)
    }

    @discardableResult
    mutating func tick(_ command: RolloutCommand? = nil) -> RolloutOutcome {
        let time = Timestamp.launch.advanced(by: day * Timestamp.day)
        return tick(RolloutObservation(time: time, evidence: evidence, world: world, command: command))
    }

    @discardableResult
    mutating func tick(_ observation: RolloutObservation) -> RolloutOutcome {
        let before = state
        let outcome = before.tick(policy, observation)
        state = outcome.state
        log.append(outcome, of: observation, from: before)
        outcomes.append(outcome)
        return outcome
    }

    /// Lets days go by until the rollout is over, or waits for a person.
    mutating func halt(days: Int) throws {
        for _ in 0..<days where !state.isOver && state.pause == nil { live() }
        if !state.isOver && state.pause == nil { throw NotReached(state: state.name) }
    }

    /// Lets days go by until a phase begins.
    mutating func reach(_ phase: RolloutState.Phase, days: Int = 60) throws {
        if !reaches(phase, days: days) { throw NotReached(state: state.name) }
    }

    mutating func reaches(_ phase: RolloutState.Phase, days: Int) -> Bool {
        for _ in 0..<days where state.phase != phase && !state.isOver { live() }
        return state.phase == phase
    }

    struct NotReached: Error { let state: String }

    private mutating func serve() {
        let stage = state.stages.count - 1
        let shares = [state.stages[stage].shares.control] + state.stages[stage].shares.candidates
        while evidence.units.count <= stage {
            evidence.units.append(shares.map { _ in RolloutEvidence.ArmUnits() })
        }
        let start = Timestamp.launch.advanced(by: day * Timestamp.day)
        var cluster = RolloutEvidence.Cluster(start: start, sums: [])
        for (arm, share) in shares.enumerated() where share > 0 {
            let units = random.poisson(unitsADay * share)
            evidence.units[stage][arm].seen += units
            evidence.units[stage][arm].labelled += units
            for metric in policy.metrics where metric.isEvent {
                let events = min(units, random.poisson(Double(units) * rates[arm]))
                evidence.units[stage][arm].events[metric, default: 0] += events
            }
            for metric in policy.metrics where !metric.isEvent {
                let mean = losses[arm] + noise * random.normal()
                cluster.sums.append(
                    .init(stage: stage, arm: arm, metric: metric, count: units, sum: mean * Double(units)))
            }
        }
        evidence.clusters.append(cluster)
        evidence.newest = start.advanced(by: Timestamp.day)
    }
}

extension Timestamp {
    static let launch = Timestamp(rfc3339: "2026-01-01T00:00:00Z")!
}

extension RolloutLaunch {
    static func example(candidates: Int = 1) -> RolloutLaunch {
        RolloutLaunch(
            id: "r1", model: "flights", seed: "r1-seed", control: .init(7, digest: "c7"),
            candidates: (0..<candidates).map { .init(Int64(8 + $0), digest: "c\(8 + $0)") }, time: .launch,
            alert: "alert-1")
    }
}

extension RolloutPolicy {
    /// Without a shadow, and with one guardrail.
    static func quick(
        _ success: Success = Success(.logLoss), days: Int64 = 60,
        _ change: (inout RolloutPolicy) -> Void = { _ in }
    ) -> RolloutPolicy {
        var policy = RolloutPolicy(
            shadow: Shadow(isOn: false), maximumDuration: days * 86_400, success: success,
            hard: [.exception: 0.5], silence: 2 * 86_400)
        change(&policy)
        return policy
    }
}

extension SplitMix64 {
    mutating func chance(_ probability: Double) -> Bool {
        Double.random(in: 0..<1, using: &self) < probability
    }

    /// By inversion up to 50, beyond it about normal.
    mutating func poisson(_ mean: Double) -> Int {
        guard mean < 50 else { return Int(max(0, (mean + mean.squareRoot() * normal()).rounded())) }
        var (count, product) = (0, Double.random(in: 0..<1, using: &self))
        let least = exp(-mean)
        while product > least {
            product *= Double.random(in: 0..<1, using: &self)
            count += 1
        }
        return count
    }
}
