package import Drift
package import FoundationEssentials

/// Who serves a model's units, and what is compared: all that a service needs to assign units by itself.
package struct RolloutRoute: Codable, Equatable, Sendable {
    package var model: String
    /// Grows with every change of the route.
    package var epoch: Int64
    package var champion: Int64?
    /// `nil` while nothing is compared in service.
    package var rollout: Comparison?

    package init(model: String, epoch: Int64, champion: Int64?, rollout: Comparison? = nil) {
        (self.model, self.epoch, self.champion, self.rollout) = (model, epoch, champion, rollout)
    }

    /// A rollout, as it is served.
    package struct Comparison: Codable, Equatable, Sendable {
        package var id: String
        package var seed: String
        /// The version that serves the control: the champion when the rollout began.
        package var control: Int64
        package var candidates: [Int64]
        package var lanes: Shares
        /// Those begun so far, the present one last.
        package var stages: [Stage]
        /// How long a cluster of rows is, which are not independent of one another.
        package var clusterSeconds: Int64
        /// What agents are to report.
        package var metrics: [RolloutMetric]
        /// Milliseconds beyond which an answer is `slow`; `nil` where no answer is.
        package var latencyLimit: Double?

        package init(
            id: String, seed: String, control: Int64, candidates: [Int64], lanes: Shares, stages: [Stage],
            clusterSeconds: Int64, metrics: [RolloutMetric], latencyLimit: Double? = nil
        ) {
            (self.id, self.seed, self.control, self.candidates) = (id, seed, control, candidates)
            (self.lanes, self.stages) = (lanes, stages)
            (self.clusterSeconds, self.metrics, self.latencyLimit) = (clusterSeconds, metrics, latencyLimit)
        }

        enum CodingKeys: String, CodingKey {
            case id, seed, control, candidates, lanes, stages, metrics
            case clusterSeconds = "cluster_seconds"
            case latencyLimit = "latency_limit_ms"
        }
    }

    /// A time in which the arms had the same shares.
    package struct Stage: Codable, Equatable, Sendable {
        package var since: Timestamp
        package var shares: Shares
        /// The version that serves those who are in no arm.
        package var champion: Int64

        package init(since: Timestamp, shares: Shares, champion: Int64) {
            (self.since, self.shares, self.champion) = (since, shares, champion)
        }
    }
}

extension RolloutRoute.Comparison {
    /// The stage that a moment lies in; `nil` before the first.
    package func stage(at time: Timestamp) -> Int? { stages.lastIndex { $0.since <= time } }

    /// How units are assigned in a stage.
    package func assignment(inStage stage: Int) throws(AssignmentError) -> Assignment {
        try Assignment(seed: seed, lanes: lanes, shares: stages[stage].shares)
    }

    /// Who serves an arm's units in a stage.
    package func version(of arm: Assignment.Arm, inStage stage: Int) -> Int64 {
        switch arm {
        case .rest: stages[stage].champion
        case .control: control
        case .candidate(let index): candidates[index]
        }
    }

    /// The cluster that a moment lies in, by its beginning.
    package func cluster(at time: Timestamp) -> Timestamp {
        let length = clusterSeconds * 1_000_000_000
        let within = time.nanoseconds % length
        return time.advanced(by: -(within < 0 ? within + length : within))
    }
}

extension RolloutRoute {
    /// The same bytes for the same route.
    package var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }
}
