extension WindowJudge {
    func compareEffects(_ reports: [FeatureReport]) -> Judgement {
        var judgement = Judgement(test: WindowTest(threshold: .fixed, level: level))
        for (index, report) in reports.enumerated() {
            for measure in settings.fixedMeasures where EffectSizes.decides(measure, report.kind) {
                guard let value = report.measures[measure]?.value,
                    settings.effects.isLarge(measure, value, ratio: settings.alerts.clearRatio)
                else { continue }
                let finding = Finding(
                    feature: index, measure: measure,
                    kind: .measure(feature: report.name, family: report.family, measure: measure),
                    severity: settings.effects.severity(measure, value))
                judgement.add(finding, isAlarming: settings.effects.isLarge(measure, value))
            }
        }
        if let share = shareFinding(judgement.findings, reports) { judgement.findings.append(share) }
        return judgement
    }

    private func shareFinding(_ findings: [Finding], _ reports: [FeatureReport]) -> Finding? {
        let drifted = Set(findings.map(\.feature))
        guard let strongest = findings.first, !reports.isEmpty,
            Double(drifted.count) >= settings.share * Double(reports.count)
        else { return nil }
        return Finding(
            feature: strongest.feature, measure: strongest.measure, kind: .share,
            severity: findings.map(\.severity).max() ?? .warning)
    }
}
