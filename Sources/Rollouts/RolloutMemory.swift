package import Drift
package import Statistics

/// What a rollout has learnt from its evidence: sufficient statistics of clusters that are over, and evidence that only
/// grows. All else is computed anew from what the registry has added up.
package struct RolloutMemory: Codable, Equatable, Sendable {
    /// The latest time that a tick was given; a clock that jumps back does not move it.
    package internal(set) var clock: Timestamp
    package internal(set) var labelled: ClusterCursor
    package internal(set) var unlabelled: ClusterCursor
    /// By candidates: its mean less the control's, a value a cluster.
    package internal(set) var differences: [[RolloutMetric: ClusteredMixtureTest]]
    /// By arms: the loss less the floor, a value a cluster.
    package internal(set) var losses: [ClusteredMixtureTest]
    /// By candidates: that an event is more frequent than tolerated.
    package internal(set) var harm: [[RolloutMetric: EValue]]
    package internal(set) var sampleRatio = EValue()
    package internal(set) var labelRatio = EValue()

    init(_ launch: RolloutLaunch, _ policy: RolloutPolicy) {
        clock = launch.time
        (labelled, unlabelled) = (ClusterCursor(), ClusterCursor())
        let clusters = policy.clusters
        let level = policy.alpha / Double(launch.candidates.count)
        let test = ClusteredMixtureTest(alpha: level, tightestAt: clusters.tightest, fewest: clusters.harm)
        let tests = Dictionary(uniqueKeysWithValues: policy.clusteredMetrics.map { ($0, test) })
        differences = launch.candidates.map { _ in tests }
        losses = [ClusteredMixtureTest](repeating: test, count: launch.candidates.count + 1)
        harm = launch.candidates.map { _ in [:] }
    }

    enum CodingKeys: String, CodingKey {
        case clock, labelled, unlabelled, differences, losses, harm
        case sampleRatio = "sample_ratio"
        case labelRatio = "label_ratio"
    }
}

/// How far clusters have been taken in. Each is taken in once, in the order of time, when it is over and its labels have
/// had their time; what comes later is counted, and changes nothing.
package struct ClusterCursor: Codable, Equatable, Sendable {
    /// The beginning of the newest cluster that was taken in.
    package internal(set) var newest: Timestamp?
    /// As they were when their clusters were taken in.
    package internal(set) var rows = 0
    /// Rows that came after their cluster was taken in.
    package internal(set) var late = 0
    /// Clusters in which an arm had no usable row of some metric.
    package internal(set) var incomplete = 0
}

extension RolloutMemory {
    /// Whether ticks can have led to it: a log may have been forged, and what is no number cannot be gone on with.
    var isSound: Bool {
        let evidence = harm.flatMap(\.values) + [sampleRatio, labelRatio]
        return labelled.isSound && unlabelled.isSound
            && evidence.allSatisfy { $0.peak >= 0 && $0.peak.isFinite }
            && (losses + differences.flatMap(\.values)).allSatisfy(\.isSound)
    }

    /// Whether a later tick may have got here from `earlier`.
    func hasGrown(since earlier: RolloutMemory) -> Bool {
        guard hasShape(of: earlier) else { return false }
        let peaks = zip(harm, earlier.harm).allSatisfy { now, before in
            before.allSatisfy { metric, value in (now[metric]?.peak ?? -1) >= value.peak }
        }
        return clock >= earlier.clock && peaks && sampleRatio.peak >= earlier.sampleRatio.peak
            && labelRatio.peak >= earlier.labelRatio.peak && labelled.hasGrown(since: earlier.labelled)
            && unlabelled.hasGrown(since: earlier.unlabelled)
            && zip(losses, earlier.losses).allSatisfy { $0.hasGrown(since: $1) }
            && zip(differences, earlier.differences).allSatisfy { now, before in
                before.allSatisfy { metric, test in now[metric]?.hasGrown(since: test) ?? false }
            }
    }
}

extension RolloutMemory {
    fileprivate func hasShape(of other: RolloutMemory) -> Bool {
        harm.count == other.harm.count && losses.count == other.losses.count
            && differences.map { $0.keys.sorted() } == other.differences.map { $0.keys.sorted() }
    }
}

extension ClusterCursor {
    fileprivate var isSound: Bool { [rows, late, incomplete].allSatisfy(\.isPlausible) }

    fileprivate func hasGrown(since earlier: ClusterCursor) -> Bool {
        (newest ?? .distantPast) >= (earlier.newest ?? .distantPast) && incomplete >= earlier.incomplete
    }
}

extension Timestamp {
    fileprivate static let distantPast = Timestamp(nanoseconds: .min)
}

extension ClusteredMixtureTest {
    /// One that has no more clusters is the same.
    fileprivate func hasGrown(since earlier: ClusteredMixtureTest) -> Bool {
        guard (mixture, fewest) == (earlier.mixture, earlier.fewest) else { return false }
        return count > earlier.count && evidence.peak >= earlier.evidence.peak || self == earlier
    }
}
