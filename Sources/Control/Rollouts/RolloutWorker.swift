import Drift
import Foundation
import Logging
import Registry
import Rollouts

/// Ticks all rollouts, and tells services who serves whom.
struct RolloutWorker: Sendable {
    let registry: Registry
    let configuration: RolloutConfiguration
    let announcer: RouteAnnouncer?
    let logger: Logger

    /// Until it is cancelled.
    func run() async {
        async let announcing: Void = announceChanges()
        while !Task.isCancelled {
            await tickAll()
            try? await Task.sleep(for: configuration.interval)
        }
        await announcing
    }

    private func tickAll() async {
        do {
            for id in try await registry.liveRollouts() { await tick(id) }
            if configuration.isAutomatic, !isKilled { try await startDue() }
        } catch {
            logger.error("rollouts could not be looked for, trying again: \(error)")
        }
    }

    /// One that cannot be decided about holds up no other.
    private func tick(_ id: String) async {
        do {
            var briefing = try await registry.briefing(ofRollout: id, isKilled: isKilled)
            let record = briefing.record
            let evidence = try await registry.evidence(of: record)
            var observation = RolloutObservation(
                time: Timestamp(milliseconds: registry.now), evidence: evidence, world: briefing.world,
                command: briefing.command?.value)
            var outcome = record.state.tick(record.policy, observation)
            if case .drop = outcome.action, !outcome.state.isOver {
                // What was said is heard by those that go on.
                (briefing.command, observation.command) = (nil, nil)
                outcome = record.state.tick(record.policy, observation)
            }
            let line = try DecisionLog.line(
                after: briefing.lastLine, outcome, of: observation, from: record.state, record.policy)
            try await registry.keep(outcome, line: line, of: briefing, by: .registry)
            if line != nil { report(outcome, record) }
        } catch {
            logger.error("rollout \(id) could not be decided about, trying again: \(error)")
        }
    }

    private func report(_ outcome: RolloutOutcome, _ record: RolloutRecord) {
        logger.notice(
            "rollout \(record.id) of \(record.model): \(outcome.state.name), by rule \(outcome.rule.rawValue)",
            metadata: ["verdicts": "\(outcome.verdicts.map(\.rawValue).joined(separator: ", "))"])
    }

    /// Someone has made the file that says that no candidate is to serve.
    private var isKilled: Bool {
        configuration.killSwitch.map { FileManager.default.fileExists(atPath: $0) } ?? false
    }

    /// Begins a rollout for each candidate that has passed the gate and was in none.
    private func startDue() async throws {
        for proposal in try await registry.dueRollouts() {
            do {
                let record = try await registry.start(proposal, by: .registry)
                logger.notice("rollout \(record.id) of \(record.model) begins")
            } catch let error as RegistryError {
                logger.error("no rollout of \(proposal.model) can begin: \(error)")
            }
        }
    }

    private func announceChanges() async {
        guard let announcer else { return }
        while !Task.isCancelled {
            do {
                try await announcer.announce(registry)
            } catch {
                logger.error("routes could not be published, trying again: \(error)")
            }
            try? await Task.sleep(for: RouteAnnouncer.pause)
        }
    }
}
