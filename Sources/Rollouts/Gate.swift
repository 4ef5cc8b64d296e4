import Statistics

/// The offline gate: may a candidate go on, judged on rows that neither model was trained on.
///
/// The paired cluster bootstrap decides. The tests that take rows for independent stand beside it and are marked so.
package struct Gate: Sendable {
    private let policy: GatePolicy

    /// - Throws: `GateError` for a policy that makes no sense; one without floors above all.
    package init(_ policy: GatePolicy) throws(GateError) {
        try policy.validate()
        self.policy = policy
    }

    /// - Parameters:
    ///   - retrains: what models of the champion's recipe, trained with other seeds, say of the same rows.
    /// - Throws: `GateError` where the policy asks for what these rows cannot have.
    package func judge(
        _ rows: GateRows, slices: [GateSlice] = [], retrains: [ModelScores] = []
    ) throws(GateError) -> GateReport {
        try rows.check(policy)
        try check(slices, rows)
        let trial = GateTrial(rows, policy)
        let measures = trial.measures(rows.task.metrics, confidence: policy.confidence)
        let noise = try self.noise(retrains, rows)
        let sliced = rows.champion == nil ? [] : self.slices(slices, rows)
        var report = GateReport(
            verdict: .inconclusive, reasons: [], task: rows.task, rows: rows.count,
            clusters: trial.clusters.count, policy: policy, measures: measures, checks: [], slices: sliced,
            retrainNoise: noise, byRow: rows.byRow(confidence: policy.confidence), plots: rows.plots)
        report.checks = report.sizeChecks + report.floorChecks
        if rows.champion != nil {
            report.checks += [report.successCheck] + report.noiseChecks + report.guardChecks
            report.checks += report.sliceChecks
        }
        report.conclude()
        return report
    }

    private func check(_ slices: [GateSlice], _ rows: GateRows) throws(GateError) {
        for slice in slices {
            if let row = slice.rows.first(where: { !rows.labels.indices.contains($0) }) {
                throw .slice(slice.name, row: row, rows: rows.count)
            }
        }
    }

    private func noise(_ retrains: [ModelScores], _ rows: GateRows) throws(GateError) -> RetrainNoise? {
        var values: [Double] = []
        for scores in retrains {
            let retrained = try GateRows(
                rows.task, labels: rows.labels, candidate: scores, clusterKeys: rows.clusterKeys)
            try retrained.check(policy)
            let figure = GateTrial(retrained, policy).candidateValue(policy.success.metric)
            if let figure { values.append(figure) }
        }
        return RetrainNoise(policy.success.metric, values, confidence: policy.confidence)
    }

    /// Those that are judged share the chance of a false finding among them.
    private func slices(_ slices: [GateSlice], _ rows: GateRows) -> [GateReport.Slice] {
        let trials = slices.map { slice in rows.subset(slice.rows).map { GateTrial($0, policy) } }
        let judged = zip(slices, trials).map { slice, trial in
            slice.rows.count >= policy.slices.minimumRows
                && trial.map { $0.clusters.count >= policy.minimumClusters } ?? false
        }
        let confidence = 1 - (1 - policy.confidence) / Double(max(1, judged.count(where: \.self)))
        let metric = policy.success.metric
        return zip(zip(slices, trials), judged).map { pair, isJudged in
            let (slice, trial) = pair
            return GateReport.Slice(
                name: slice.name, rows: slice.rows.count, clusters: trial?.clusters.count ?? 0,
                isJudged: isJudged, measure: trial?.measures([metric], confidence: confidence)[metric],
                confidence: confidence)
        }
    }
}

/// Both models on one set of rows.
struct GateTrial {
    let clusters: Clusters
    private let policy: GatePolicy
    private let candidate: GateMeasures
    private let champion: GateMeasures?

    init(_ rows: GateRows, _ policy: GatePolicy) {
        let clusters = Clusters(keys: rows.clusterKeys)
        (self.clusters, self.policy) = (clusters, policy)
        candidate = GateMeasures(rows, rows.candidate, clusters)
        champion = rows.champion.map { GateMeasures(rows, $0, clusters) }
    }

    func candidateValue(_ metric: PerformanceMetric) -> Double? { candidate.statistics[metric]?.value }

    /// Of one set of draws, so that differences are paired.
    func measures(
        _ metrics: [PerformanceMetric], confidence: Double
    ) -> [PerformanceMetric: GateReport.Measure] {
        let defined = metrics.filter { candidate.statistics[$0] != nil }
        let bootstrap = ClusterBootstrap(replicates: policy.replicates, seed: policy.seed)
        let candidates = defined.map { candidate.statistics[$0]! }
        let compared = defined.filter { champion?.statistics[$0] != nil }
        let champions = compared.map { champion!.statistics[$0]! }
        let distributions = bootstrap(candidates + champions)
        let ofCandidate = Dictionary(uniqueKeysWithValues: zip(defined, distributions))
        let ofChampion = Dictionary(
            uniqueKeysWithValues: zip(compared, distributions.dropFirst(defined.count)))
        return Dictionary(
            uniqueKeysWithValues: defined.map { metric in
                (metric, measure(metric, ofCandidate[metric]!, ofChampion[metric] ?? nil, confidence))
            })
    }

    private func measure(
        _ metric: PerformanceMetric, _ candidate: BootstrapDistribution?,
        _ champion: BootstrapDistribution?, _ confidence: Double
    ) -> GateReport.Measure {
        func estimate(_ distribution: BootstrapDistribution?) -> IntervalEstimate? {
            let estimate = distribution?.estimate(policy.interval, confidence: confidence)
            return estimate?.isFinite == true ? estimate : nil
        }
        let difference = candidate.flatMap { candidate in champion.map { candidate.difference(from: $0) } }
        return GateReport.Measure(
            candidate: estimate(candidate), champion: estimate(champion), difference: estimate(difference),
            higherIsBetter: metric.higherIsBetter)
    }
}
