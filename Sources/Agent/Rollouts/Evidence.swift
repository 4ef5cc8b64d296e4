import Drift
import Rollouts

/// A unit in an arm of a rollout.
struct ArmUnit: Hashable, Sendable {
    var unit: UnitHash
    /// 0 is the control, 1, 2, … the candidates.
    var arm: Int
}

/// What happened to a unit in an arm.
struct Sighting: Equatable, Sendable {
    /// When it was first seen there.
    var first: Timestamp
    /// Of what happened at least once, the first time that it did.
    var events: [RolloutMetric: Timestamp] = [:]
    var isLabelled = false

    mutating func unite(_ other: Sighting) {
        first = min(first, other.first)
        events.merge(other.events, uniquingKeysWith: min)
        isLabelled = isLabelled || other.isLabelled
    }
}

/// The rows whose values are summed together.
struct SumKey: Hashable, Sendable {
    var stage: Int
    var arm: Int
    var metric: RolloutMetric
    /// The cluster's beginning.
    var cluster: Timestamp
}

struct ValueSum: Equatable, Sendable {
    var count = 0
    var sum = 0.0

    static func += (total: inout ValueSum, value: Double) {
        total.count += 1
        total.sum += value
    }
}

/// What became known of a rollout since it was last written down.
struct Evidence: Equatable, Sendable {
    var sightings: [ArmUnit: Sighting] = [:]
    /// To be added to what is there.
    var sums: [SumKey: ValueSum] = [:]

    var isEmpty: Bool { sightings.isEmpty && sums.isEmpty }
}

extension UnitSighting {
    init(_ unit: ArmUnit, _ sighting: Sighting) {
        self.init(
            unit: unit.unit.description, arm: unit.arm, first: sighting.first, events: sighting.events,
            isLabelled: sighting.isLabelled)
    }
}

extension EvidenceSum {
    init(_ key: SumKey, _ value: ValueSum, pane: String) {
        self.init(
            stage: key.stage, arm: key.arm, metric: key.metric, cluster: key.cluster, pane: pane,
            count: value.count, sum: value.sum)
    }
}
