import ConfigurationFile
import Rollouts
import Statistics

extension GatePolicy {
    /// Reads a `[registry.model.gate]`.
    ///
    /// - Returns: `nil` after a mistake, which is reported.
    init?(_ table: ConfigurationTable) {
        let floors = table.measures("floors", of: PerformanceMetric.self, "finite") { _ in true }
        let success = table.has("success") ? table.table("success", Success.init) : nil
        for name in ["floors", "success"] where !table.has(name) { table.report(name, "is required") }
        guard let success, table.has("floors") else { return nil }
        var policy = GatePolicy(floors: floors, success: success)
        policy.guards = table.measures("guards", of: PerformanceMetric.self, "at least 0") { $0 >= 0 }
        policy.slices = table.table("slices") { Slices($0) }
        policy.minimumRetrains = table.integer("minimum_retrains", atLeast: 0) ?? policy.minimumRetrains
        policy.minimumRows = table.integer("minimum_rows", atLeast: 2) ?? policy.minimumRows
        policy.minimumClusters = table.integer("minimum_clusters", atLeast: 2) ?? policy.minimumClusters
        policy.confidence =
            table.number("confidence", "at least 0.5 and below 1") { (0.5..<1).contains($0) }
            ?? policy.confidence
        policy.interval =
            table.choice("interval", of: BootstrapDistribution.Interval.self) ?? policy.interval
        policy.replicates = table.integer("replicates", from: 100, to: 100_000) ?? policy.replicates
        policy.seed = table.integer("seed", atLeast: 0).map(UInt64.init) ?? policy.seed
        policy.report(to: table)
        self = policy
    }

    /// What only the policy as a whole knows.
    private func report(to table: ConfigurationTable) {
        do {
            try validate()
        } catch .policy(let key, let rule) {
            table.report(key, rule)
        } catch .noFloors {
            table.report(
                "floors", "needs at least one, such as { auc = 0.6 }: else every candidate would pass")
        } catch {
            table.report("\(error)")
        }
    }
}

extension GatePolicy.Success {
    fileprivate init?(_ table: ConfigurationTable) {
        let metric = table.required("metric") { table.choice($0, of: PerformanceMetric.self) }
        let goal = table.choice("goal", of: Goal.self) ?? .superior
        let margin = table.number("margin", "at least 0") { $0 >= 0 && $0.isFinite } ?? 0
        guard let metric else { return nil }
        self.init(metric, goal, margin: margin)
    }
}

extension GatePolicy.Slices {
    fileprivate init(_ table: ConfigurationTable) {
        let standard = GatePolicy.Slices()
        self.init(
            minimumRows: table.integer("minimum_rows", atLeast: 2) ?? standard.minimumRows,
            margin: table.number("margin", "at least 0") { $0 >= 0 && $0.isFinite } ?? standard.margin)
    }
}
