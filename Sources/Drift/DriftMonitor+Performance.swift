import Statistics

extension DriftMonitor {
    /// Takes in what a window's labels showed: the report comes back judged, with what the version's `concept` alert did.
    /// Such windows close later than those of rows, and in a time of their own.
    ///
    /// - Parameter changed: when a detector last found a change for the worse; a window that ended before cannot speak
    ///   against it.
    package mutating func observe(
        _ report: PerformanceReport, policy: ConceptPolicy, changed: Timestamp? = nil
    ) -> (report: PerformanceReport, events: [DriftEvent]) {
        let judgement = policy.judge(report, clearRatio: settings.alerts.clearRatio)
        var report = report
        report.mark(judgement)
        guard var signal = judgement.signal else { return (report, []) }
        if signal == .clear, let changed, changed >= report.window.end { signal = .wavering }
        let blamed = judgement.findings.map {
            AlertBook.Blame(feature: "", family: .prediction, measure: $0.metric.rawValue)
        }
        let change = alerts.observe(
            .concept(version: report.version), signal, blaming: blamed, at: report.window.end)
        return (report, change.map { [DriftEvent($0, judgement, report, policy, source: source)] } ?? [])
    }

    /// Takes in a change that a detector found in the losses of a version: one for the worse speaks for its `concept` alert
    /// as a window does.
    package mutating func observe(_ change: LossWatch.Change) -> [DriftEvent] {
        guard change.finding.isWorse else { return [] }
        let blamed = AlertBook.Blame(feature: "", family: .prediction, measure: change.detector.rawValue)
        let alert = alerts.observe(
            .concept(version: change.version), .alarming(.warning), blaming: [blamed], at: change.finding.time
        )
        return alert.map { [DriftEvent($0, change, model: model, reference: reference.id, source: source)] }
            ?? []
    }

    /// What a judged report shows of the version's `concept` alert; `nil` where that does not fire.
    package func sighting(_ report: PerformanceReport) -> AlertSighting? {
        let alert = alerts.firing.first { $0.kind == .concept(version: report.version) }
        let worse = report.measures.filter { $0.value.severity != nil }.sorted {
            $0.key.rawValue < $1.key.rawValue
        }
        return alert.map { alert in
            AlertSighting(
                id: alert.id, window: report.window, verdict: report.verdict.rawValue,
                contributors: worse.map { metric, measure in
                    DriftEvent.Contributor(
                        feature: "", measure: metric.rawValue, value: measure.difference?.value ?? 0,
                        score: nil, pValue: nil)
                })
        }
    }

    /// Versions whose `concept` alert has not ended.
    package var conceptVersions: [String] {
        alertStatuses.filter { $0.kind == "concept" }.compactMap(\.version)
    }

    /// Ends an alert about what is there no more: a version that is silent, a check that is switched off.
    ///
    /// - Parameter window: in which there was nothing of it.
    package mutating func retire(_ kind: AlertKind, _ window: WindowSummary) -> [DriftEvent] {
        let change = alerts.retire(kind)
        return change.map {
            [DriftEvent($0, window, model: model, reference: reference.id, source: source)]
        } ?? []
    }
}

extension DriftEvent {
    /// About an alert that ends since nothing can be said of it any more.
    fileprivate init(
        _ change: AlertBook.Change, _ window: WindowSummary, model: String, reference: String, source: String
    ) {
        let (type, since, severity) = change.transition.parts
        let blamed = change.blamed.first
        let versions = if case .concept(let version) = change.kind { [version] } else { [] as [String] }
        self.init(
            id: DriftEvent.id(of: [
                source, change.fingerprint, type.rawValue, window.start.description, window.end.description,
                reference,
            ]),
            type: type, source: source, subject: "\(model)/\(blamed?.feature ?? "")", time: window.end,
            data: Payload(
                model: model, kind: change.kind.name, fingerprint: change.fingerprint,
                feature: blamed?.feature ?? "", measure: blamed?.measure ?? "", value: 0, threshold: nil,
                pValue: nil, qValue: nil, errorBound: nil, severity: severity, window: window, test: nil,
                reference: reference, versions: versions, contributors: [], histogram: nil, since: since))
    }
}

extension DriftEvent {
    /// About a change in the losses of a version.
    fileprivate init(
        _ alert: AlertBook.Change, _ change: LossWatch.Change, model: String, reference: String,
        source: String
    ) {
        let (type, since, severity) = alert.transition.parts
        let (finding, detector) = (change.finding, change.detector.rawValue)
        let value = finding.recent - finding.before
        self.init(
            id: DriftEvent.id(of: [
                source, alert.fingerprint, type.rawValue, detector, finding.time.description,
                "\(finding.losses)",
            ]),
            type: type, source: source, subject: "\(model)/", time: finding.time,
            data: Payload(
                model: model, kind: alert.kind.name, fingerprint: alert.fingerprint, feature: "",
                measure: detector, value: value, threshold: nil, pValue: nil, qValue: nil, errorBound: nil,
                severity: severity,
                window: WindowSummary(start: finding.time, end: finding.time, labels: finding.losses),
                test: nil, reference: reference, versions: [change.version],
                contributors: [
                    Contributor(feature: "", measure: detector, value: value, score: 1, pValue: nil)
                ],
                histogram: nil, since: since))
    }

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
