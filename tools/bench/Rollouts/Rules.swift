import Drift
import Rollouts

private let days = 30

/// Seconds of a tick over rollouts that have served for a month: one that comes to nothing new, and one with another day's
/// evidence.
func timeRules(rollouts count: Int) async throws {
    let rollouts = try (0..<count).map { try MonthOld(seed: $0) }
    let quiet = await seconds(repeats: 5) { for rollout in rollouts { rollout.tick() } }
    let fresh = await seconds(repeats: 5) { for rollout in rollouts { rollout.tickOfAnotherDay() } }
    report("rules, quiet", quiet)
    report("rules, another day", fresh)
}

/// A rollout that has taken in a month.
private struct MonthOld {
    private let policy = RolloutPolicy.tenMetrics
    private let state: RolloutState
    private let quiet: RolloutObservation
    private let fresh: RolloutObservation

    init(seed: Int) throws {
        let begin = Timestamp(nanoseconds: 20_454 * .day)
        let launch = RolloutLaunch(
            id: "r\(seed)", model: "m\(seed)", seed: "s\(seed)", control: .init(1, digest: ""),
            candidates: [.init(2, digest: "")], time: begin)
        var past = SimulatedDays(since: begin, seed: seed)
        let clusters = (0...days).map { past.cluster(ofDay: $0) }
        func observation(day: Int) -> RolloutObservation {
            let now = begin.advanced(by: Int64(day) * .day)
            let evidence = RolloutEvidence(
                newest: now, units: past.units(days: day), clusters: Array(clusters.prefix(day)),
                shadow: [nil])
            return RolloutObservation(time: now, evidence: evidence)
        }
        // Past the gate and the shadow, into the first stage, and a month on.
        let served = (0..<3).reduce(try RolloutState(launch, policy)) { state, _ in
            state.tick(.tenMetrics, RolloutObservation(time: begin)).state
        }
        (quiet, fresh) = (observation(day: days), observation(day: days + 1))
        state = served.tick(policy, quiet).state
        precondition(state.name == "stage 1" && state.pause == nil, "the rollout is \(state.name)")
    }

    func tick() { precondition(state.tick(policy, quiet).state.name == "stage 1") }

    func tickOfAnotherDay() { precondition(state.tick(policy, fresh).state.name == "stage 1") }
}
