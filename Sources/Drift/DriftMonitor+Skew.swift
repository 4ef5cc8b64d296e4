extension DriftMonitor {
    /// Takes in how a window's rows differ from training: the report comes back judged, with what the model's `skew`
    /// alert did.
    package mutating func observe(
        _ report: SkewReport, policy: SkewPolicy
    ) -> (report: SkewReport, events: [DriftEvent]) {
        let judgement = policy.judge(report, clearRatio: settings.alerts.clearRatio)
        var report = report
        report.mark(judgement)
        guard let signal = judgement.signal else { return (report, []) }
        let blamed = judgement.findings.map {
            AlertBook.Blame(feature: $0.feature, family: .data, measure: SkewPolicy.measure)
        }
        let change = alerts.observe(.skew, signal, blaming: blamed, at: report.window.end)
        return (report, change.map { [DriftEvent($0, judgement, report, policy, source: source)] } ?? [])
    }

    /// What a judged report shows of the `skew` alert; `nil` where that does not fire.
    package func sighting(_ report: SkewReport) -> AlertSighting? {
        let alert = alerts.firing.first { $0.kind == .skew }
        return alert.map { alert in
            AlertSighting(
                id: alert.id, window: report.window, verdict: report.verdict.rawValue,
                contributors: report.features.filter { $0.severity != nil }.map {
                    DriftEvent.Contributor(
                        feature: $0.name, measure: SkewPolicy.measure, value: $0.mismatchShare, score: nil,
                        pValue: nil)
                })
        }
    }
}

extension DriftEvent {
    /// About the worst feature; when the alert resolves, about the one that was last.
    fileprivate init(
        _ change: AlertBook.Change, _ judgement: SkewPolicy.Judgement, _ report: SkewReport,
        _ policy: SkewPolicy, source: String
    ) {
        let (type, since, severity) = change.transition.parts
        let name = change.blamed.first?.feature ?? ""
        self.init(
            id: DriftEvent.id(of: [
                source, change.fingerprint, type.rawValue, report.window.start.description,
                report.window.end.description,
            ]),
            type: type, source: source, subject: "\(report.model)/\(name)", time: report.window.end,
            data: Payload(
                model: report.model, kind: change.kind.name, fingerprint: change.fingerprint, feature: name,
                measure: SkewPolicy.measure,
                value: report.features.first { $0.name == name }?.mismatchShare ?? 0,
                threshold: policy.limits.warning, pValue: nil, qValue: nil, errorBound: nil,
                severity: severity, window: report.window, test: nil, reference: "",
                versions: report.versions, contributors: policy.contributors(judgement), histogram: nil,
                since: since))
    }
}

extension SkewPolicy {
    /// The score is in multiples of the warning limit.
    fileprivate func contributors(_ judgement: Judgement) -> [DriftEvent.Contributor] {
        judgement.findings.map {
            DriftEvent.Contributor(
                feature: $0.feature, measure: SkewPolicy.measure, value: $0.share,
                score: limits.warning > 0 ? $0.share / limits.warning : nil, pValue: nil)
        }
    }
}
