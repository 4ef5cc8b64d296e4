import Statistics

extension GateRows {
    /// `nil` where there is no champion to compare with, and for regressions.
    func byRow(confidence: Double) -> GateReport.ByRow? {
        guard let champion, task != .regression else { return nil }
        return GateReport.ByRow(
            delong: task == .binary ? delong(champion, confidence) : nil,
            mcnemar: GateReport.ByRow.McNemar(
                labels, champion: champion.decisions(task), candidate: candidate.decisions(task)))
    }

    private func delong(_ champion: ModelScores, _ confidence: Double) -> GateReport.ByRow.DeLong? {
        DeLongTest(
            scores: candidate.values, otherScores: champion.values, isPositive: isPositive,
            confidence: confidence
        ).map { GateReport.ByRow.DeLong(difference: $0.difference, z: $0.z, pValue: $0.pValue) }
    }

    private var isPositive: [Bool] { labels.map { $0 == 1 } }

    /// `nil` for other than binary models.
    var plots: GateReport.Plots? {
        guard task == .binary else { return nil }
        return GateReport.Plots(candidate: curves(candidate), champion: champion.map(curves))
    }

    private func curves(_ scores: ModelScores) -> GateReport.Plots.Curves {
        let scored = zip(scores.values, labels).map { BinaryOutcomes.Scored(score: $0, positive: $1) }
        return GateReport.Plots.Curves(
            roc: ROCCurve(scores: scores.values, isPositive: isPositive),
            calibration: scores.firstImprobable == nil ? CalibrationCurve(scored, .equalMass(20)) : nil)
    }
}

extension GateReport.ByRow.McNemar {
    /// Of decisions about the same rows.
    init(_ labels: [Double], champion: [Double], candidate: [Double]) {
        let right = labels.indices.map { (champion[$0] == labels[$0], candidate[$0] == labels[$0]) }
        let test = McNemarTest(
            onlyFirst: right.count { $0.0 && !$0.1 }, onlySecond: right.count { !$0.0 && $0.1 })
        self.init(
            onlyChampionRight: test.onlyFirst, onlyCandidateRight: test.onlySecond,
            exactPValue: test.exactPValue, midPValue: test.midPValue, chiSquared: test.chiSquared,
            chiSquaredPValue: test.chiSquaredPValue)
    }
}
