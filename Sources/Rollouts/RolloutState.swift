package import Drift

/// Where a rollout stands: all that the next tick needs to know of those before.
package struct RolloutState: Codable, Equatable, Sendable {
    package let launch: RolloutLaunch
    package internal(set) var phase: Phase
    /// When the phase began.
    package internal(set) var since: Timestamp
    package internal(set) var pause: Pause?
    /// The step that a person must agree to before it is taken.
    package internal(set) var awaiting: RolloutPolicy.ApprovalStep?
    package internal(set) var candidates: [Standing]
    /// Those begun so far, the present one last.
    package internal(set) var stages: [BegunStage]
    /// When a person last gave it more time; the launch before that.
    package internal(set) var timedFrom: Timestamp
    /// Soft guardrails that a person has set aside.
    package internal(set) var waived: [RolloutMetric]
    package internal(set) var conclusion: RolloutConclusion
    package internal(set) var memory: RolloutMemory

    package enum Phase: Codable, Hashable, Sendable {
        case gate
        case shadow
        /// Candidates serve their share of a step.
        case serving(step: Int)
        /// One candidate is the champion now, and is watched.
        case promoted(candidate: Int)
        /// Watched long enough.
        case closed(candidate: Int)
        /// Not fit to serve anyone.
        case rejected
        case rolledBack
        /// The champion was moved by hand.
        case superseded
        /// Out of time, with nothing shown.
        case expired
        /// The champion is beyond its floor and no candidate is better: nothing is gained by rolling back.
        case bothBad
    }

    /// Why a rollout stays where it is until a person resumes it.
    package enum Pause: Codable, Hashable, Sendable {
        case operated(by: String)
        case softGuardrail
        case outOfTime
    }

    package enum Standing: String, Codable, Sendable {
        case live, rejected, unscorable, harmful
    }

    /// A time in which the arms had the same shares.
    package struct BegunStage: Codable, Equatable, Sendable {
        /// `nil` after the promotion.
        package let step: Int?
        package let since: Timestamp
        package let shares: Shares
        /// The version that serves the units in no arm.
        package let champion: Int64
    }

    /// - Throws: `RolloutPolicyError`.
    package init(_ launch: RolloutLaunch, _ policy: RolloutPolicy) throws(RolloutPolicyError) {
        try policy.validate(candidates: launch.candidates.count)
        self.launch = launch
        phase = policy.isGated ? .gate : .shadow
        (since, timedFrom) = (launch.time, launch.time)
        candidates = launch.candidates.map { _ in .live }
        (stages, waived) = ([], [])
        conclusion = RolloutConclusion(candidates: launch.candidates.count)
        memory = RolloutMemory(launch, policy)
    }

    enum CodingKeys: String, CodingKey {
        case launch, phase, since, pause, awaiting, candidates, stages, waived, conclusion, memory
        case timedFrom = "timed_from"
    }
}

/// What is fixed when a rollout begins.
package struct RolloutLaunch: Codable, Equatable, Sendable {
    /// A version, and what its bytes hash to.
    package struct Version: Codable, Equatable, Sendable {
        package var version: Int64
        package var digest: String

        package init(_ version: Int64, digest: String) { (self.version, self.digest) = (version, digest) }
    }

    package var id: String
    package var model: String
    /// Of the assignment.
    package var seed: String
    package var control: Version
    package var candidates: [Version]
    /// Counted from 1 among the model's rollouts in a period of the error budget.
    package var rank: Int
    package var time: Timestamp
    /// The alert that it is to close.
    package var alert: String?

    package init(
        id: String, model: String, seed: String, control: Version, candidates: [Version], rank: Int = 1,
        time: Timestamp, alert: String? = nil
    ) {
        (self.id, self.model, self.seed) = (id, model, seed)
        (self.control, self.candidates, self.rank) = (control, candidates, rank)
        (self.time, self.alert) = (time, alert)
    }
}

extension RolloutState {
    package var isOver: Bool {
        switch phase {
        case .gate, .shadow, .serving, .promoted: false
        default: true
        }
    }

    /// Whether a unit may be served by a candidate on this rollout's account.
    package var isServing: Bool {
        switch phase {
        case .serving, .promoted: true
        default: false
        }
    }

    package var name: String {
        switch phase {
        case .gate: "gate"
        case .shadow: "shadow"
        case .serving(let step): "stage \(step + 1)"
        case .promoted: "promoted"
        case .closed: "closed"
        case .rejected: "rejected"
        case .rolledBack: "rolled back"
        case .superseded: "superseded"
        case .expired: "expired"
        case .bothBad: "both bad"
        }
    }

    /// The part that services and agents know; `nil` before anyone was served by a candidate.
    package func comparison(_ policy: RolloutPolicy) -> RolloutRoute.Comparison? {
        guard !stages.isEmpty else { return nil }
        return RolloutRoute.Comparison(
            id: launch.id, seed: launch.seed, control: launch.control.version,
            candidates: launch.candidates.map(\.version),
            lanes: policy.lanes(candidates: launch.candidates.count),
            stages: stages.map {
                RolloutRoute.Stage(since: $0.since, shares: $0.shares, champion: $0.champion)
            },
            clusterSeconds: policy.cluster, metrics: policy.reported, latencyLimit: policy.latencyLimit)
    }

    var live: [Int] { candidates.indices.filter { candidates[$0] == .live } }
}
