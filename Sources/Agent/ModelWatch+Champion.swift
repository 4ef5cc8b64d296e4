import Drift
import RegistryClient

/// Lets the receiving thread count over a reference's cells, from the next window on where it counts already.
typealias ReferenceChange = @Sendable (Reference) async -> Void

extension ModelWatch {
    /// Keeps to the reference of the registry's champion, until it is cancelled. What cannot be asked or used is told, and
    /// the reference at hand stays.
    func follow(_ source: ChampionSource, _ change: ReferenceChange) async {
        while !Task.isCancelled {
            do {
                let version = try await source.version()
                if version != newestChampion?.version {
                    try await adopt(source.champion(version), change)
                }
                note(championProblem: nil)
            } catch  where Task.isCancelled {
                return
            } catch {
                let stays = error.isUnreachableRegistry ? "; the last reference stays" : ""
                note(championProblem: "the champion's reference: \(error.words)\(stays)")
            }
            try? await Task.sleep(for: source.interval)
        }
    }

    private func note(championProblem problem: String?) {
        if let problem, problem != championProblem { logger.warning("\(problem)") }
        championProblem = problem
    }

    /// Panes are counted over its cells from the next window on, and judged by it when the first of them has closed.
    private func adopt(_ champion: Champion, _ change: ReferenceChange) async throws {
        let next = UpcomingChampion(champion, try makeMonitor(champion.reference))
        guard monitor == nil || (upcoming.isEmpty && champion.reference.id == monitor?.reference.id) else {
            upcoming.removeAll { $0.champion.reference.id == champion.reference.id }
            upcoming.append(next)
            return await change(champion.reference)
        }
        await change(champion.reference)
        begin(next)
        var outcome = AgentStore.Outcome()
        outcome.champion = champion
        commit(outcome)
        await tellPerformance()
    }

    private var newestChampion: Champion? { upcoming.last?.champion ?? champion }

    /// The champion by whose reference a pane was counted, where it is not the one that judges now.
    func successor(at pane: Pane) -> UpcomingChampion? {
        upcoming.first { $0.champion.reference.id == pane.profile.reference }
    }

    /// From here on it judges. The alerts go on: they are about the model.
    func begin(_ next: UpcomingChampion) {
        var judge = next.monitor
        do {
            if let monitor { try judge.restore(monitor.checkpoint(), holding: monitor.heldPanes) }
        } catch {
            logger.error(
                "the alerts begin anew with the reference of version \(next.champion.version): \(error)")
        }
        (monitor, champion) = (judge, next.champion)
        if let place = upcoming.firstIndex(where: { $0.champion.version == next.champion.version }) {
            upcoming.removeSubrange(...place)
        }
        beginProposing(next.champion.reference)
        logger.notice(
            "judging by the reference of version \(next.champion.version), \(next.champion.reference.id)")
    }

    func tellPerformance() async {
        guard let reference = monitor?.reference else { return }
        await performance?.begin(reference, schema: reference.schema, resuming: nil)
    }
}

/// A champion whose first window has not closed yet.
struct UpcomingChampion: Sendable {
    let champion: Champion
    let monitor: DriftMonitor

    init(_ champion: Champion, _ monitor: DriftMonitor) {
        (self.champion, self.monitor) = (champion, monitor)
    }
}

extension Error {
    /// For the agent's log and status: of a registry's errors without the flags of the command line, which their own
    /// description speaks of.
    var words: String {
        guard let error = self as? RegistryClientError else { return "\(self)" }
        return switch error.kind {
        case .unreachable: "the registry at \(error.address) cannot be reached"
        case .unauthenticated:
            "the registry at \(error.address) wants a token; name its token_file under [agent]"
        default: "the registry says: \(error.reason)"
        }
    }

    fileprivate var isUnreachableRegistry: Bool { (self as? RegistryClientError)?.kind == .unreachable }
}
