import Statistics

extension DriftMonitor {
    /// Takes in what a window's labels showed: the report comes back judged, with what the version's `concept` alert did.
    /// Such windows close later than those of rows, and in a time of their own.
    package mutating func observe(
        _ report: PerformanceReport, policy: ConceptPolicy
    ) -> (report: PerformanceReport, events: [DriftEvent]) {
        let judgement = policy.judge(report, clearRatio: settings.alerts.clearRatio)
        var report = report
        report.mark(judgement)
        guard let signal = judgement.signal else { return (report, []) }
        let blamed = judgement.findings.map {
            AlertBook.Blame(feature: "", family: .prediction, measure: $0.metric.rawValue)
        }
        let change = alerts.observe(
            .concept(version: report.version), signal, blaming: blamed, at: report.window.end)
        return (report, change.map { [DriftEvent($0, judgement, report, policy, source: source)] } ?? [])
    }

    /// Ends the `concept` alert of a version that serves no more; its last report says when and on what.
    package mutating func retire(_ last: PerformanceReport, policy: ConceptPolicy) -> [DriftEvent] {
        guard let change = alerts.retire(.concept(version: last.version)) else { return [] }
        let judgement = ConceptPolicy.Judgement(signal: .clear, findings: [])
        return [DriftEvent(change, judgement, last, policy, source: source)]
    }
}

extension DriftEvent {
    /// About a version's performance: no feature is to blame, its measures are.
    fileprivate init(
        _ change: AlertBook.Change, _ judgement: ConceptPolicy.Judgement, _ report: PerformanceReport,
        _ policy: ConceptPolicy, source: String
    ) {
        let (type, since, severity) = change.transition.parts
        let metric = change.blamed.first.flatMap { PerformanceMetric(rawValue: $0.measure) }
        let numbers = metric.flatMap { report.measures[$0] }
        self.init(
            id: DriftEvent.id(of: [
                source, change.fingerprint, type.rawValue, report.window.start.description,
                report.window.end.description, report.reference ?? "", report.version,
            ]),
            type: type, source: source, subject: "\(report.model)/", time: report.window.end,
            data: Payload(
                model: report.model, kind: change.kind.name, fingerprint: change.fingerprint, feature: "",
                measure: metric?.rawValue ?? "", value: numbers?.difference?.value ?? 0,
                threshold: numbers.flatMap { numbers in metric.flatMap { policy.warningLimit($0, numbers) } },
                pValue: nil, qValue: nil, errorBound: nil, severity: severity, window: report.window,
                test: nil, reference: report.reference ?? "", versions: [report.version],
                contributors: judgement.findings.map { finding in
                    Contributor(
                        feature: "", measure: finding.metric.rawValue,
                        value: report.measures[finding.metric]?.difference?.value ?? 0,
                        score: finding.excess, pValue: nil)
                },
                histogram: nil, since: since))
    }
}
