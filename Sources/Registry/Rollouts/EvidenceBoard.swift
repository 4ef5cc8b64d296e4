import Rollouts
import Synchronization

/// What agents' reports add up to, by rollouts, until the next one comes: a tick without news reads none of it again.
final class EvidenceBoard: Sendable {
    private struct Entry {
        /// Reports since the rollout was first asked about.
        var generation: UInt64 = 0
        /// By arms of each stage that had begun; what was added up with another number of stages is not this.
        var evidence: RolloutEvidence?
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// Another report has come.
    func outdate(_ rollout: String) {
        entries.withLock {
            $0[rollout]?.generation += 1
            $0[rollout]?.evidence = nil
        }
    }

    /// The rollout has ended.
    func forget(_ rollout: String) { entries.withLock { $0[rollout] = nil } }

    /// What is known of a rollout, read where it is not.
    func evidence(
        ofRollout rollout: String, stages: Int, read: @Sendable () async throws -> RolloutEvidence
    ) async throws -> RolloutEvidence {
        let entry = entries.withLock { entries in
            let entry = entries[rollout] ?? Entry()
            entries[rollout] = entry
            return entry
        }
        if let known = entry.evidence, known.units.count == stages { return known }
        let evidence = try await read()
        // What was read before a report is not to outlive it.
        entries.withLock {
            if $0[rollout]?.generation == entry.generation { $0[rollout]?.evidence = evidence }
        }
        return evidence
    }
}
