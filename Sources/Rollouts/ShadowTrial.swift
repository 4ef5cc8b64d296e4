import Drift
import Statistics

/// A candidate against the champion on rows that were served without it: by how much its losses are higher, by cluster.
struct ShadowTrial {
    private let candidate: Int
    private let appraisal: RolloutAppraisal
    private let shadow: RolloutEvidence.Shadow?
    /// Of clusters that are over and whose labels have had their time, in the order of time.
    private let differences: [RolloutEvidence.ClusterDifference]

    init(_ candidate: Int, _ appraisal: RolloutAppraisal) {
        (self.candidate, self.appraisal) = (candidate, appraisal)
        let shadows = appraisal.evidence.shadow
        shadow = shadows.indices.contains(candidate) ? shadows[candidate] : nil
        let closing = appraisal.policy.labelClosing(appraisal.memory.clock)
        differences = (shadow?.differences ?? []).filter { $0.start <= closing }.sorted {
            $0.start < $1.start
        }
    }

    private var isUsable: Bool {
        differences.allSatisfy { $0.count.isPlausible && $0.sum.isFinite && $0.sum.magnitude <= 1e90 }
    }

    private var rows: Int { differences.reduce(0) { $0 &+ $1.count } }

    /// Sums of clusters over the mean number of rows of one: in the metric's unit, and larger clusters weigh more. `nil`
    /// without usable rows.
    private var test: ClusteredMixtureTest? {
        guard isUsable, rows > 0 else { return nil }
        let clusters = appraisal.policy.clusters
        let test = ClusteredMixtureTest(
            alpha: appraisal.level, tightestAt: clusters.tightest, fewest: clusters.harm)
        let size = Double(rows) / Double(differences.count)
        return differences.reduce(into: test) { $0.observe($1.sum / size) }
    }

    var isWorse: Bool {
        let margin = appraisal.policy.success.harm
        return test?.bearing(margin: margin, alpha: appraisal.level, isTwoSided: false) == .beyond
    }

    /// The mean difference, with the means that are not rejected.
    var interval: IntervalEstimate? { test?.interval(alpha: appraisal.level) }

    /// In sentences: too few rows or clusters to find harm by, and why there are no more.
    var missing: [String] {
        guard isUsable else { return ["candidate \(candidate + 1) has shadow losses that are no numbers"] }
        let needs = [needsRows, needsClusters].compactMap(\.self)
        guard !needs.isEmpty, let obstacle else { return needs }
        return needs + [obstacle]
    }

    private var needsRows: String? {
        let needed = appraisal.policy.shadow.minimumRows
        return rows < needed
            ? "candidate \(candidate + 1) needs \(needed) rows in the shadow, has \(rows)" : nil
    }

    private var needsClusters: String? {
        let (needed, found) = (appraisal.policy.clusters.harm, differences.count)
        return found < needed
            ? "candidate \(candidate + 1) needs \(needed) clusters in the shadow, has \(found)" : nil
    }

    private var obstacle: String? {
        guard let shadow else {
            return "no agent has brought labelled rows yet that came after the versions' training"
        }
        return shadow.obstacle
    }
}
