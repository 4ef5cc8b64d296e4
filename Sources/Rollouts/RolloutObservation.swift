package import Drift

/// All that a rollout is told at a tick.
package struct RolloutObservation: Codable, Equatable, Sendable {
    package var time: Timestamp
    package var evidence: RolloutEvidence
    package var world: RolloutWorld
    package var command: RolloutCommand?

    package init(
        time: Timestamp, evidence: RolloutEvidence = RolloutEvidence(), world: RolloutWorld = RolloutWorld(),
        command: RolloutCommand? = nil
    ) {
        (self.time, self.evidence, self.world, self.command) = (time, evidence, world, command)
    }
}

/// What is true beside the evidence.
package struct RolloutWorld: Codable, Equatable, Sendable {
    /// Nobody is to be served by a candidate.
    package var isKilled: Bool
    /// Candidates, counted from 0, that cannot be scored or whose version is gone.
    package var unscorable: [Int]
    /// By candidates, what the offline gate has said so far.
    package var gate: [GateReport.Verdict?]
    /// Who moved the champion by hand since the launch.
    package var movedBy: String?

    package init(
        isKilled: Bool = false, unscorable: [Int] = [], gate: [GateReport.Verdict?] = [],
        movedBy: String? = nil
    ) {
        (self.isKilled, self.unscorable, self.gate, self.movedBy) = (isKilled, unscorable, gate, movedBy)
    }

    enum CodingKeys: String, CodingKey {
        case unscorable, gate
        case isKilled = "killed"
        case movedBy = "moved_by"
    }
}

/// What a person asks of a rollout.
package struct RolloutCommand: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        /// Take the step that waits for a person.
        case approve
        /// Stay at the present share.
        case hold
        /// Go on, though soft guardrails have been crossed or time is up.
        case resume
        /// Give the units back to the champion, for good.
        case abort
    }

    package var kind: Kind
    package var actor: String
    package var reason: String

    package init(_ kind: Kind, actor: String, reason: String) {
        (self.kind, self.actor, self.reason) = (kind, actor, reason)
    }
}
