import Drift
import Foundation
import Registry
import Rollouts
import Synchronization

private let days = 30
private let bench = Actor(name: "bench", client: "bench")

/// Seconds of a tick over rollouts as the registry keeps them, from what agents have reported to what is kept: one without
/// news, and one of rollouts that all have had another day's report.
func timeStore(rollouts count: Int, in folder: String) async throws {
    let world = try await StoredRollouts(count: count, in: folder)
    try await world.tick()
    report("store, quiet", try await seconds(repeats: 5) { try await world.tick() })
    try await world.reportDay(days)
    report("store, another day", try await seconds(repeats: 1) { try await world.tick() })
}

/// Rollouts that have served for a month.
private struct StoredRollouts {
    private let registry: Registry
    private let ids: [String]
    private let clock: Clock
    private let begin = Timestamp(milliseconds: Clock.begin)

    init(count: Int, in folder: String) async throws {
        let clock = Clock()
        registry = try Registry(folder: folder, clock: { clock.milliseconds })
        self.clock = clock
        var ids: [String] = []
        for number in 0..<count { ids.append(try await StoredRollouts.start(model: "m\(number)", registry)) }
        self.ids = ids
        for _ in 0..<3 { try await tick() }
        for (seed, id) in ids.enumerated() { try await reportMonth(of: id, seed) }
        clock.advance(toDay: days)
    }

    private static func start(model: String, _ registry: Registry) async throws -> String {
        _ = try await registry.createRegisteredModel(model, by: bench)
        for _ in 0..<2 {
            try await registry.put(Array(model.utf8), at: ArtifactPath("0/model/weights.bin"), by: bench)
            let origin = ModelVersion.Origin(source: "mlflow-artifacts:/0/model")
            _ = try await registry.createModelVersion(of: model, from: origin, by: bench)
        }
        _ = try await registry.promote(1, of: model, expecting: nil, by: bench)
        let proposal = RolloutProposal(model: model, candidates: [2], policy: .tenMetrics)
        return try await registry.start(proposal, by: bench).id
    }

    private func reportMonth(of id: String, _ seed: Int) async throws {
        var past = SimulatedDays(since: begin, seed: seed)
        let sums = (0..<days).flatMap { reported(past.cluster(ofDay: $0)) }
        let units = (0..<200).map { unit in
            UnitSighting(
                unit: String(format: "%016x", unit), arm: unit % 2, first: begin.advanced(by: .day),
                events: unit < 40 ? [.slow: begin.advanced(by: .day)] : [:], isLabelled: true)
        }
        try await registry.take(
            EvidenceReport(agent: "a", sums: sums, units: units), forRollout: id, by: bench)
    }

    /// What agents tell of another day.
    func reportDay(_ day: Int) async throws {
        for (seed, id) in ids.enumerated() {
            var past = SimulatedDays(since: begin, seed: seed)
            let sums = reported(past.cluster(ofDay: day))
            try await registry.take(EvidenceReport(agent: "a", sums: sums), forRollout: id, by: bench)
        }
        clock.advance(toDay: day + 1)
    }

    private func reported(_ cluster: RolloutEvidence.Cluster) -> [EvidenceSum] {
        cluster.sums.map {
            EvidenceSum(
                stage: $0.stage, arm: $0.arm, metric: $0.metric, cluster: cluster.start, pane: "p",
                count: $0.count, sum: $0.sum)
        }
    }

    /// As the registry's worker does it.
    func tick() async throws {
        for id in try await registry.liveRollouts() {
            let briefing = try await registry.briefing(ofRollout: id, isKilled: false)
            let (state, policy) = (briefing.record.state, briefing.record.policy)
            let observation = RolloutObservation(
                time: Timestamp(milliseconds: registry.now),
                evidence: try await registry.evidence(of: briefing.record), world: briefing.world)
            let outcome = state.tick(policy, observation)
            let line = try DecisionLog.line(
                after: briefing.lastLine, outcome, of: observation, from: state, policy)
            try await registry.keep(outcome, line: line, of: briefing, by: bench)
        }
    }
}

/// Time as it is said to be, in milliseconds.
private final class Clock: Sendable {
    static let begin: Int64 = 20_454 * 86_400_000
    private let now = Mutex(begin)

    var milliseconds: Int64 { now.withLock(\.self) }

    func advance(toDay day: Int) { now.withLock { $0 = Clock.begin + Int64(day) * 86_400_000 } }
}
