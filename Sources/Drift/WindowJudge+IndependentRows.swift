import Statistics

extension WindowJudge {
    /// Each feature's primary measure and its rates, by Holm at the window's level, and large enough.
    func testIndependence(_ reports: [FeatureReport]) -> Judgement {
        let candidates = reports.indices.flatMap { index in
            ([reports[index].primary] + FeatureReport.qualityMeasures).compactMap { measure in
                reports[index].measures[measure].flatMap { report in
                    report.pValue.map { (feature: index, measure: measure, value: report.value, p: $0) }
                }
            }
        }
        let adjusted = MultipleTesting.holm(candidates.map(\.p))
        var judgement = Judgement(test: WindowTest(threshold: .iid, level: level, pValue: adjusted.min()))
        for (candidate, p) in zip(candidates, adjusted) where p <= level {
            let report = reports[candidate.feature]
            let (effect, value) = report.effect(of: candidate.measure, value: candidate.value)
            guard settings.effects.isLarge(effect, value, ratio: settings.alerts.clearRatio) else { continue }
            let finding = Finding(
                feature: candidate.feature, measure: candidate.measure,
                kind: report.alertKind(of: candidate.measure),
                severity: settings.effects.severity(effect, value), pValue: candidate.p)
            judgement.add(finding, isAlarming: settings.effects.isLarge(effect, value))
        }
        judgement.findings.sort { ($0.pValue ?? 1) < ($1.pValue ?? 1) }
        return judgement
    }
}
