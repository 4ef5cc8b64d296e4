package import Drift

/// What an agent has seen of a rollout. Reports may come twice, in any order and from many agents: sums replace what the
/// same agent said of the same pane before, units are united.
package struct EvidenceReport: Codable, Equatable, Sendable {
    package var agent: String
    package var sums: [EvidenceSum]
    package var units: [UnitSighting]

    package init(agent: String, sums: [EvidenceSum] = [], units: [UnitSighting] = []) {
        (self.agent, self.sums, self.units) = (agent, sums, units)
    }
}

/// A metric's rows of one arm in one cluster, as one agent saw them in one pane. The registry adds panes and agents up
/// before it squares anything.
package struct EvidenceSum: Codable, Equatable, Sendable {
    package var stage: Int
    /// 0 is the control, 1, 2, … the candidates.
    package var arm: Int
    package var metric: RolloutMetric
    /// The cluster's beginning.
    package var cluster: Timestamp
    /// The agent's name for the part of its rows; another sum of the same pane takes this one's place.
    package var pane: String
    package var count: Int
    package var sum: Double

    package init(
        stage: Int, arm: Int, metric: RolloutMetric, cluster: Timestamp, pane: String, count: Int, sum: Double
    ) {
        (self.stage, self.arm, self.metric, self.cluster) = (stage, arm, metric, cluster)
        (self.pane, self.count, self.sum) = (pane, count, sum)
    }
}

/// A unit that an arm served.
package struct UnitSighting: Codable, Equatable, Sendable {
    /// 16 hexadecimal digits: a hash, since a unit may be a person.
    package var unit: String
    package var arm: Int
    /// When it was first seen in this arm.
    package var first: Timestamp
    /// What happened to it at least once, and the first time it did.
    package var events: [RolloutMetric: Timestamp]
    /// Whether a label of it is known.
    package var isLabelled: Bool

    package init(
        unit: String, arm: Int, first: Timestamp, events: [RolloutMetric: Timestamp] = [:],
        isLabelled: Bool = false
    ) {
        (self.unit, self.arm, self.first, self.events, self.isLabelled) = (
            unit, arm, first, events, isLabelled
        )
    }

    enum CodingKeys: String, CodingKey {
        case unit, arm, first, events
        case isLabelled = "labelled"
    }
}
