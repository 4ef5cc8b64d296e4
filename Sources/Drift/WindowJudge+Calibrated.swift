import Statistics

extension WindowJudge {
    func rank(
        _ test: CalibratedTest, _ window: [FeatureSample], _ reports: [FeatureReport]
    ) -> Judgement {
        var judgement = missingValues(test, window, reports)
        guard let rank = test.rank(window), let critical = rank.criticalScore(level: level) else {
            return judgement
        }
        judgement.test.pValue = rank.pValue
        judgement.test.score = rank.score
        judgement.test.criticalScore = critical.isFinite ? critical : nil
        judgement.scores = rank.featureScores
        let clear = min(critical, settings.alerts.clearRatio * critical)
        for (feature, score) in rank.featureScores.enumerated() {
            guard let score, score > clear else { continue }
            var finding = finding(feature, reports[feature].distanceMeasure, reports)
            finding.score = score
            judgement.add(finding, isAlarming: score > critical)
        }
        judgement.findings.sort { ($0.score ?? 0) > ($1.score ?? 0) }
        return judgement
    }

    func extrapolate(
        _ test: CalibratedTest, _ window: [FeatureSample], _ reports: [FeatureReport]
    ) -> Judgement {
        var judgement = missingValues(test, window, reports)
        let pValues = test.extrapolatedPValues(test.distances(window))
        let tested = pValues.indices.filter { pValues[$0] != nil }
        let adjusted = MultipleTesting.holm(pValues.compactMap(\.self))
        judgement.test.pValue = adjusted.min()
        judgement.test.extrapolated = true
        for (feature, p) in zip(tested, adjusted) where p <= level / settings.alerts.clearRatio {
            var finding = finding(feature, reports[feature].distanceMeasure, reports)
            finding.pValue = p
            judgement.add(finding, isAlarming: p <= level)
        }
        judgement.findings.sort { ($0.pValue ?? 1) < ($1.pValue ?? 1) }
        return judgement
    }

    /// Lacking values is a finding of its own kind, ranked at the same level among its own kind: next to the
    /// distances, one block in which the plumbing failed would stand above every drift.
    private func missingValues(
        _ test: CalibratedTest, _ window: [FeatureSample], _ reports: [FeatureReport]
    ) -> Judgement {
        var judgement = Judgement(
            test: WindowTest(threshold: .calibrated, level: level, blocks: test.blockCount))
        let increases = test.missingIncreases(window)
        let blocks = increases.blocks.map { $0.compactMap(\.self).max() ?? 0 }
        guard let critical = ConformalRank.criticalScore(among: blocks, level: level) else {
            return judgement
        }
        for (feature, increase) in increases.window.enumerated() {
            guard let increase, increase > critical * settings.alerts.clearRatio,
                settings.effects.isLarge("missing_rate", increase, ratio: settings.alerts.clearRatio)
            else { continue }
            judgement.add(
                finding(feature, "missing_rate", reports),
                isAlarming: increase > critical && settings.effects.isLarge("missing_rate", increase))
        }
        return judgement
    }

    private func finding(_ feature: Int, _ measure: String, _ reports: [FeatureReport]) -> Finding {
        let report = reports[feature]
        return Finding(
            feature: feature, measure: measure, kind: report.alertKind(of: measure),
            severity: settings.effects.severity(measure, report.measures[measure]?.value ?? 0))
    }
}
