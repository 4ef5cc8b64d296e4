package import Drift

/// What the registry has added up of all agents' reports about a rollout, since its launch.
package struct RolloutEvidence: Codable, Equatable, Sendable {
    /// When the newest report came; `nil` before the first.
    package var newest: Timestamp?
    /// By stages as they were begun, then by arms: the control first.
    package var units: [[ArmUnits]]
    /// In the order of time.
    package var clusters: [Cluster]
    /// Units that were seen in two arms.
    package var crossovers: Int
    /// By candidates, where it has been scored in the shadow.
    package var shadow: [Shadow?]

    package init(
        newest: Timestamp? = nil, units: [[ArmUnits]] = [], clusters: [Cluster] = [], crossovers: Int = 0,
        shadow: [Shadow?] = []
    ) {
        (self.newest, self.units, self.clusters) = (newest, units, clusters)
        (self.crossovers, self.shadow) = (crossovers, shadow)
    }

    /// Units that were first seen in one arm during one stage.
    package struct ArmUnits: Codable, Equatable, Sendable {
        package var seen: Int
        package var labelled: Int
        /// How many units each event happened to.
        package var events: [RolloutMetric: Int]
        /// How many different labels they have, where that is known: one is not enough to judge by.
        package var distinctLabels: Int?

        package init(
            seen: Int = 0, labelled: Int = 0, events: [RolloutMetric: Int] = [:], distinctLabels: Int? = nil
        ) {
            (self.seen, self.labelled, self.events) = (seen, labelled, events)
            self.distinctLabels = distinctLabels
        }

        enum CodingKeys: String, CodingKey {
            case seen, labelled, events
            case distinctLabels = "distinct_labels"
        }
    }

    /// Rows that are not independent of one another.
    package struct Cluster: Codable, Equatable, Sendable {
        package var start: Timestamp
        package var sums: [ClusterSum]

        package init(start: Timestamp, sums: [ClusterSum]) { (self.start, self.sums) = (start, sums) }
    }

    /// A metric's rows of one arm, within a cluster and a stage.
    package struct ClusterSum: Codable, Equatable, Sendable {
        package var stage: Int
        /// 0 is the control, 1, 2, … the candidates.
        package var arm: Int
        package var metric: RolloutMetric
        package var count: Int
        package var sum: Double

        package init(stage: Int, arm: Int, metric: RolloutMetric, count: Int, sum: Double) {
            (self.stage, self.arm, self.metric) = (stage, arm, metric)
            (self.count, self.sum) = (count, sum)
        }
    }

    /// A candidate scored on rows that the champion served: the candidate's loss less the champion's, by cluster.
    package struct Shadow: Codable, Equatable, Sendable {
        package var differences: [ClusterDifference]
        /// Why there are none, or no newer ones, in a sentence; `nil` where nothing stands in the way.
        package var obstacle: String?

        package init(differences: [ClusterDifference], obstacle: String? = nil) {
            (self.differences, self.obstacle) = (differences, obstacle)
        }
    }

    package struct ClusterDifference: Codable, Equatable, Sendable {
        package var start: Timestamp
        package var count: Int
        package var sum: Double

        package init(start: Timestamp, count: Int, sum: Double) {
            (self.start, self.count, self.sum) = (start, count, sum)
        }
    }
}
