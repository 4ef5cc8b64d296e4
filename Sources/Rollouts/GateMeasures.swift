import Statistics

/// One model's figures on the holdout, each as a statistic of clusters.
struct GateMeasures {
    let statistics: [PerformanceMetric: any ClusterStatistic]

    init(_ rows: GateRows, _ scores: ModelScores, _ clusters: Clusters) {
        statistics =
            switch rows.task {
            case .binary: GateMeasures.binary(rows, scores, clusters)
            case .regression: GateMeasures.regression(rows, scores, clusters)
            case .multiclass: GateMeasures.multiclass(rows, scores, clusters)
            }
    }

    private static func binary(
        _ rows: GateRows, _ scores: ModelScores, _ clusters: Clusters
    ) -> [PerformanceMetric: any ClusterStatistic] {
        let scored = zip(scores.values, rows.labels).map {
            BinaryOutcomes.Scored(score: $0, positive: $1)
        }
        var metrics = rows.task.metrics
        if scores.firstImprobable != nil { metrics.removeAll(where: \.needsProbabilities) }
        var statistics = byMetric(metrics) {
            ClusterTotals.binary($0, scored, threshold: scores.threshold, clusters)
        }
        statistics[.auc] = ClusteredAreaUnderCurve(
            scores: scores.values, isPositive: rows.labels.map { $0 == 1 }, clusters)
        return statistics
    }

    private static func regression(
        _ rows: GateRows, _ scores: ModelScores, _ clusters: Clusters
    ) -> [PerformanceMetric: any ClusterStatistic] {
        let errors = zip(scores.values, rows.labels).map { $0 - $1 }
        return byMetric(rows.task.metrics) { ClusterTotals.regression($0, errors: errors, clusters) }
    }

    private static func multiclass(
        _ rows: GateRows, _ scores: ModelScores, _ clusters: Clusters
    ) -> [PerformanceMetric: any ClusterStatistic] {
        let classes = rows.classes
        let numbers = Dictionary(uniqueKeysWithValues: zip(classes, 0...))
        let (truths, decisions) = (rows.labels.map { numbers[$0]! }, scores.values.map { numbers[$0]! })
        return byMetric(rows.task.metrics) {
            ClusterTotals.multiclass(
                $0, truths: truths, decisions: decisions, classes: classes.count, clusters)
        }
    }

    private static func byMetric(
        _ metrics: [PerformanceMetric], _ statistic: (PerformanceMetric) -> ClusterTotals?
    ) -> [PerformanceMetric: any ClusterStatistic] {
        metrics.reduce(into: [:]) { $0[$1] = statistic($1) }
    }
}

extension PerformanceMetric {
    var needsProbabilities: Bool {
        switch self {
        case .logLoss, .brier, .calibrationError: true
        case .accuracy, .precision, .recall, .f1, .macroF1, .auc, .rmse, .mae: false
        }
    }
}

extension ModelScores {
    /// The first row whose score lies outside [0, 1] by more than single precision rounds.
    var firstImprobable: Int? {
        values.firstIndex { !BinaryOutcomes.probabilities.contains($0) }
    }
}

extension GateRows {
    /// The policy's metrics must be those of the task, and defined for the scores at hand.
    func check(_ policy: GatePolicy) throws(GateError) {
        for (key, metric) in policy.decidingMetrics {
            guard task.metrics.contains(metric) else { throw .metric(metric, key: key, task: task) }
            guard metric.needsProbabilities else { continue }
            try checkProbabilities(candidate, of: "candidate", for: metric)
            if let champion { try checkProbabilities(champion, of: "champion", for: metric) }
        }
    }

    private func checkProbabilities(
        _ scores: ModelScores, of model: String, for metric: PerformanceMetric
    ) throws(GateError) {
        guard let row = scores.firstImprobable else { return }
        throw .notAProbability(metric, model: model, score: scores.values[row], row: row)
    }
}
