import Drift
import Statistics

/// A candidate against the champion on rows that the champion served: by how much its losses are higher, by cluster.
struct ShadowTrial {
    private let candidate: Int
    private let appraisal: RolloutAppraisal
    private let differences: [RolloutEvidence.ClusterDifference]?

    init(_ candidate: Int, _ appraisal: RolloutAppraisal) {
        (self.candidate, self.appraisal) = (candidate, appraisal)
        let shadows = appraisal.evidence.shadow
        let shadow = shadows.indices.contains(candidate) ? shadows[candidate] : nil
        differences = shadow?.differences.sorted { $0.start < $1.start }
    }

    private var isUsable: Bool {
        differences?.allSatisfy { $0.count.isPlausible && $0.sum.isFinite && $0.sum.magnitude <= 1e90 }
            ?? true
    }

    private var rows: Int { differences?.reduce(0) { $0 &+ $1.count } ?? 0 }

    /// Sums of clusters over the mean number of rows of one: in the metric's unit, and larger clusters weigh more.
    private var test: ClusteredMixtureTest {
        let policy = appraisal.policy
        let (clusters, differences) = (policy.clusters, differences ?? [])
        let test = ClusteredMixtureTest(
            alpha: appraisal.level, tightestAt: clusters.tightest, fewest: clusters.harm)
        let size = Double(rows) / Double(max(1, differences.count))
        return differences.reduce(into: test) { $0.observe($1.sum / size) }
    }

    var isWorse: Bool {
        guard isUsable, rows > 0 else { return false }
        let margin = appraisal.policy.success.harm
        return test.bearing(margin: margin, alpha: appraisal.level, isTwoSided: false) == .beyond
    }

    var missing: String? {
        let needed = appraisal.policy.shadow.minimumRows
        if !isUsable { return "candidate \(candidate + 1) has shadow losses that are no numbers" }
        guard rows < needed else { return nil }
        return "candidate \(candidate + 1) needs \(needed) rows in the shadow, has \(rows)"
    }
}
