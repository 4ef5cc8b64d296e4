package import Drift
import Statistics

/// Rows that were served and labelled, and what champion and candidate say of them today.
package struct ShadowRows: Equatable, Sendable {
    private let task: GateTask
    private let times: [Timestamp]
    private let labels: [Double]
    private let champion: ModelScores
    private let candidate: ModelScores

    /// As errors call it.
    static let candidateName = "the candidate"

    /// - Parameters:
    ///   - labels: of a binary model 0 and 1, of several classes their numbers.
    ///   - champion: finite numbers, one a row, as the candidate's.
    package init(
        _ task: GateTask, times: [Timestamp], labels: [Double], champion: ModelScores, candidate: ModelScores
    ) throws(ShadowError) {
        let counts = [
            ("times", times.count), ("the champion's scores", champion.values.count),
            ("the candidate's scores", candidate.values.count),
        ]
        for (what, found) in counts where found != labels.count {
            throw .count(of: what, found: found, expected: labels.count)
        }
        guard !labels.isEmpty else { throw .noRows }
        let order = times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
        func inOrder(_ scores: ModelScores) -> ModelScores {
            ModelScores(order.map { scores.values[$0] }, threshold: scores.threshold)
        }
        self.task = task
        (self.times, self.labels) = (order.map { times[$0] }, order.map { labels[$0] })
        (self.champion, self.candidate) = (inOrder(champion), inOrder(candidate))
    }

    /// Pairs the losses, row by row.
    ///
    /// - Parameters:
    ///   - cluster: how long a cluster is, in seconds; clusters are counted from 1970.
    ///   - alpha: of the interval by row.
    package func report(
        _ metric: RolloutMetric, cluster: Int64, alpha: Double
    ) throws(ShadowError) -> ShadowReport {
        guard task.shadowMetrics.contains(metric) else { throw .metric(metric, task) }
        try checkProbabilities(metric, champion, "the champion")
        try checkProbabilities(metric, candidate, ShadowRows.candidateName)
        let (theirs, own) = (losses(metric, champion), losses(metric, candidate))
        let clusters = differences(zip(own, theirs).map { $0 - $1 }, seconds: cluster)
        guard clusters.allSatisfy({ $0.sum.isFinite }) else { throw .notFinite(metric) }
        return ShadowReport(
            metric: metric, rows: labels.count, first: times[0], last: times[labels.count - 1],
            champion: figures(champion, theirs), candidate: figures(candidate, own), agreement: agreement,
            differences: clusters, byRow: byRow(alpha))
    }

    private func checkProbabilities(
        _ metric: RolloutMetric, _ scores: ModelScores, _ model: String
    ) throws(ShadowError) {
        guard metric == .logLoss || metric == .brier else { return }
        guard let row = scores.firstImprobable else { return }
        throw .notAProbability(metric, model: model, score: scores.values[row])
    }

    // MARK: Losses

    private func losses(_ metric: RolloutMetric, _ scores: ModelScores) -> [Double] {
        switch metric {
        case .logLoss: scored(scores).map(\.logLoss)
        case .brier: scored(scores).map(\.squaredError)
        case .absoluteError: zip(scores.values, labels).map { abs($0 - $1) }
        case .squaredError: zip(scores.values, labels).map { ($0 - $1) * ($0 - $1) }
        default: zip(scores.decisions(task), labels).map { $0 == $1 ? 0 : 1 }
        }
    }

    private func scored(_ scores: ModelScores) -> [BinaryOutcomes.Scored] {
        zip(scores.values, labels).map { BinaryOutcomes.Scored(score: $0, positive: $1) }
    }

    private func differences(
        _ values: [Double], seconds: Int64
    ) -> [RolloutEvidence.ClusterDifference] {
        let length = seconds * 1_000_000_000
        var clusters: [RolloutEvidence.ClusterDifference] = []
        for (time, value) in zip(times, values) {
            let start = time.advanced(by: -time.nanoseconds.flooredDivision(by: length).remainder)
            if clusters.last?.start != start { clusters.append(.init(start: start, count: 0, sum: 0)) }
            clusters[clusters.count - 1].count += 1
            clusters[clusters.count - 1].sum += value
        }
        return clusters
    }

    // MARK: For people

    private func figures(_ scores: ModelScores, _ losses: [Double]) -> ShadowReport.Figures {
        let areProbabilities = task == .binary && scores.firstImprobable == nil
        let hasBias = areProbabilities || task == .regression
        return ShadowReport.Figures(
            loss: losses.mean, bias: hasBias ? zip(scores.values, labels).map { $0 - $1 }.mean : nil,
            calibrationError: areProbabilities ? CalibrationCurve(scored(scores)).error : nil)
    }

    private var agreement: Double? {
        guard task != .regression else { return nil }
        let alike = zip(champion.decisions(task), candidate.decisions(task)).count { $0 == $1 }
        return Double(alike) / Double(labels.count)
    }

    private func byRow(_ alpha: Double) -> ShadowReport.ByRow {
        guard task != .regression else { return ShadowReport.ByRow() }
        let improbable = champion.firstImprobable ?? candidate.firstImprobable
        let metric: RolloutMetric = task == .binary && improbable == nil ? .brier : .wrong
        var sequence = EmpiricalBernstein(alpha: alpha, range: -1...1)
        for (own, theirs) in zip(losses(metric, candidate), losses(metric, champion)) {
            sequence.observe(own - theirs)
        }
        return ShadowReport.ByRow(
            metric: metric, difference: sequence.interval, pValue: sequence.evidence.pValue,
            mcnemar: GateReport.ByRow.McNemar(
                labels, champion: champion.decisions(task), candidate: candidate.decisions(task)))
    }
}

extension [Double] {
    fileprivate var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }
}
