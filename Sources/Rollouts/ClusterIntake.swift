import Drift
import Statistics

extension RolloutMemory {
    /// Takes in the clusters that are over.
    mutating func take(_ clusters: [RolloutEvidence.Cluster], _ policy: RolloutPolicy, stages: Int) {
        let metrics = policy.clusteredMetrics
        let (slow, quick) = (metrics.filter(\.needsLabels), metrics.filter { !$0.needsLabels })
        for cluster in labelled.advance(over: clusters, policy.labelClosing(clock), \.needsLabels) {
            labelled.incomplete += take(cluster, slow, policy, stages) ? 0 : 1
        }
        guard !quick.isEmpty else { return }
        for cluster in unlabelled.advance(over: clusters, policy.closing(clock), { !$0.needsLabels }) {
            unlabelled.incomplete += take(cluster, quick, policy, stages) ? 0 : 1
        }
    }

    /// - Returns: whether all arms had rows of all metrics.
    private mutating func take(
        _ cluster: RolloutEvidence.Cluster, _ metrics: [RolloutMetric], _ policy: RolloutPolicy, _ stages: Int
    ) -> Bool {
        var isComplete = true
        for metric in metrics {
            let arms = ClusterArms(cluster, metric, arms: losses.count, stages: stages)
            for candidate in differences.indices {
                let value = arms.difference(ofArm: candidate + 1)
                if let value { differences[candidate][metric]?.observe(value) }
                isComplete = isComplete && value != nil
            }
            if metric == policy.success.metric, let floor = policy.floor { take(arms, above: floor) }
        }
        return isComplete
    }

    private mutating func take(_ arms: ClusterArms, above floor: Double) {
        for arm in losses.indices {
            if let mean = arms.mean(ofArm: arm) { losses[arm].observe(mean - floor) }
        }
    }
}

extension RolloutPolicy {
    /// Clusters that begin no later than this are over.
    fileprivate func closing(_ clock: Timestamp) -> Timestamp {
        clock.advanced(by: -cluster * 1_000_000_000)
    }

    /// Clusters that begin no later are over, and their labels have had their time.
    func labelClosing(_ clock: Timestamp) -> Timestamp {
        closing(clock).advanced(by: -labelDelay * 1_000_000_000)
    }
}

extension ClusterCursor {
    /// - Parameters:
    ///   - last: clusters that begin no later are over.
    ///   - counts: whether a metric's rows are this cursor's.
    /// - Returns: the clusters to be taken in, in the order of time.
    fileprivate mutating func advance(
        over clusters: [RolloutEvidence.Cluster], _ last: Timestamp, _ counts: (RolloutMetric) -> Bool
    ) -> [RolloutEvidence.Cluster] {
        var known = 0
        var fresh: [RolloutEvidence.Cluster] = []
        for cluster in clusters {
            if let newest, cluster.start <= newest {
                known &+= cluster.rows(counts)
            } else if cluster.start <= last, cluster.rows(counts) > 0 {
                fresh.append(cluster)
            }
        }
        late = max(0, known &- rows)
        rows = fresh.reduce(rows) { $0 &+ $1.rows(counts) }
        newest = fresh.map(\.start).max() ?? newest
        return fresh.sorted { $0.start < $1.start }
    }
}

extension RolloutEvidence.Cluster {
    fileprivate func rows(_ counts: (RolloutMetric) -> Bool) -> Int {
        sums.reduce(0) { counts($1.metric) && $1.isUsable ? $0 &+ $1.count : $0 }
    }
}

extension RolloutEvidence.ClusterSum {
    /// A mean further from 0 is a mistake, and its powers would be no numbers.
    private static let farthest = 1e90

    /// Whether it can be a sum of so many rows.
    package var isUsable: Bool {
        count.isPlausible && sum.isFinite && sum.magnitude <= Double(count) * Self.farthest
    }
}

extension Int {
    /// As a count of rows or of units.
    var isPlausible: Bool { (0...1_000_000_000_000_000).contains(self) }
}

/// The rows of one metric in one cluster, by stages and arms.
private struct ClusterArms {
    private typealias Cell = (count: Double, sum: Double)
    private var cells: [Cell]
    private let arms: Int

    init(_ cluster: RolloutEvidence.Cluster, _ metric: RolloutMetric, arms: Int, stages: Int) {
        self.arms = arms
        cells = [Cell](repeating: (0, 0), count: arms * stages)
        for sum in cluster.sums where sum.metric == metric && sum.isUsable {
            guard (0..<stages).contains(sum.stage), (0..<arms).contains(sum.arm) else { continue }
            cells[sum.stage * arms + sum.arm].count += Double(sum.count)
            cells[sum.stage * arms + sum.arm].sum += sum.sum
        }
    }

    /// The arm's mean less the control's: within each stage, and these weighed by how much rows of two arms can say,
    /// n₀n₁/(n₀ + n₁), so that no shift of shares passes for a difference.
    func difference(ofArm arm: Int) -> Double? {
        var (weighed, weights) = (0.0, 0.0)
        for first in stride(from: 0, to: cells.count, by: arms) {
            let (control, candidate) = (cells[first], cells[first + arm])
            guard control.count > 0, candidate.count > 0 else { continue }
            let weight = control.count / (control.count + candidate.count) * candidate.count
            weighed += weight * (candidate.sum / candidate.count - control.sum / control.count)
            weights += weight
        }
        return weights > 0 ? weighed / weights : nil
    }

    func mean(ofArm arm: Int) -> Double? {
        let own = stride(from: arm, to: cells.count, by: arms).map { cells[$0] }
        let count = own.reduce(0) { $0 + $1.count }
        return count > 0 ? own.reduce(0) { $0 + $1.sum } / count : nil
    }
}
