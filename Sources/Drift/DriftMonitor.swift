import Crypto
package import Foundation
import Statistics

/// One model under watch: adds closed panes up to windows, judges them, and says what its alerts did.
///
/// Pure: what happens to a report or an event is its owner's business.
package struct DriftMonitor: Sendable {
    package let model: String
    package let reference: Reference
    package let plan: WindowPlan
    let settings: DriftSettings
    let source: String
    private let judge: WindowJudge
    private let comparisons: [FeatureComparison]
    private var panes: [Pane] = []
    /// The stream's first pane and its newest, rows or none in between.
    private var firstPane: Int64?
    private var lastPane: Int64?
    var alerts: AlertBook

    /// - Throws: `CalibrationError` when the reference cannot support the settings.
    package init(
        model: String, reference: Reference, plan: WindowPlan, settings: DriftSettings, source: String
    ) throws(CalibrationError) {
        (self.model, self.reference, self.plan) = (model, reference, plan)
        (self.settings, self.source) = (settings, source)
        judge = try WindowJudge(reference: reference, plan: plan, settings: settings)
        comparisons = reference.comparisons
        alerts = AlertBook(model: model, policy: settings.alerts)
    }

    package struct Outcome: Sendable {
        package var report: DriftReport
        package var events: [DriftEvent]
        /// What the window showed of alerts that it found firing and left so.
        package var sightings: [AlertSighting] = []
    }

    package var level: Double { judge.level }
    package var alertStatuses: [AlertStatus] { alerts.statuses }

    /// Takes in the next closed pane; `nil` while a sliding window is not yet full.
    package mutating func close(_ pane: Pane) -> Outcome? {
        // A stream that begins again, or a pane that comes twice: its windows begin again too.
        if let lastPane, pane.index <= lastPane { (panes, firstPane) = ([], nil) }
        let began = firstPane ?? pane.index
        (firstPane, lastPane) = (began, pane.index)
        let first = pane.index - Int64(plan.paneCount) + 1
        panes.removeAll { $0.index < first }
        panes.append(pane)
        let outcome = began <= first || plan.paneCount == 1 ? evaluate() : nil
        // No later window begins so early.
        panes.removeAll { $0.index <= first }
        return outcome
    }

    /// The closed panes that later windows still need.
    package var heldPanes: [Pane] { panes }

    private mutating func evaluate() -> Outcome {
        let window = summary()
        let samples = reference.cells.enumerated().map { index, cells in
            FeatureSample(panes.map { $0.profile.features[index] }, cells: cells)
        }
        var reports = measure(samples)
        guard window.rows >= settings.minimumSamples || isAnswersOnly(window) else {
            return Outcome(report: report(window, .insufficient, nil, reports), events: [])
        }
        let judgement = judge.judge(samples, reports)
        mark(&reports, judgement)
        let report = report(window, judgement.verdict, judgement.test, reports)
        let changes = alerts.observe(judgement, features: reference.features.map(\.feature), at: window.end)
        let events = changes.map { event($0, judgement, report) }
        return Outcome(
            report: report, events: events, sightings: sightings(judgement, report, besides: events))
    }

    /// A stream that carries predictions only is judged by those.
    private func isAnswersOnly(_ window: WindowSummary) -> Bool {
        window.rows == 0 && window.predictions >= settings.minimumSamples
    }

    /// The panes at hand as one window, which may begin before the first pane that has rows.
    private func summary() -> WindowSummary {
        var window = WindowSummary(of: panes)
        if case .nanoseconds(let length) = plan.length { window.start = window.end.advanced(by: -length) }
        return window
    }

    private func report(
        _ window: WindowSummary, _ verdict: DriftReport.Verdict, _ test: WindowTest?,
        _ features: [FeatureReport]
    ) -> DriftReport {
        DriftReport(
            model: model, reference: reference.id, versions: Set(panes.flatMap(\.versions)).sorted(),
            window: window, verdict: verdict, test: test, features: features)
    }

    private func mark(_ reports: inout [FeatureReport], _ judgement: WindowJudge.Judgement) {
        for (index, score) in judgement.scores.enumerated() { reports[index].score = score }
        for finding in judgement.findings where !finding.kind.isQuality {
            reports[finding.feature].drifted = true
        }
    }

    /// Every measure of every feature; where distances are ranked, they decide and not the tests.
    private func measure(_ samples: [FeatureSample]) -> [FeatureReport] {
        var reports = withQValues(zip(comparisons, samples).map { $0.report($1, effects: settings.effects) })
        guard settings.threshold == .calibrated else { return reports }
        for index in reports.indices { reports[index].primary = reports[index].distanceMeasure }
        return reports
    }
}

extension WindowSummary {
    /// The panes as one window.
    fileprivate init(of panes: [Pane]) {
        self = panes[0].summary
        for pane in panes.dropFirst().map(\.summary) {
            end = max(end, pane.end)
            rows += pane.rows
            predictions += pane.predictions
            labels += pane.labels
            missed = missed.addingSaturated(pane.missed)
            partial = partial || pane.partial
        }
    }
}

/// Benjamini–Hochberg over the table's primary p-values.
package func withQValues(_ reports: [FeatureReport]) -> [FeatureReport] {
    let tested = reports.indices.filter { reports[$0].measures[reports[$0].primary]?.pValue != nil }
    let qValues = MultipleTesting.benjaminiHochberg(
        tested.compactMap { reports[$0].measures[reports[$0].primary]?.pValue })
    var reports = reports
    for (index, q) in zip(tested, qValues) { reports[index].measures[reports[index].primary]?.qValue = q }
    return reports
}

// MARK: - Events

extension DriftMonitor {
    private func event(
        _ change: AlertBook.Change, _ judgement: WindowJudge.Judgement, _ report: DriftReport
    ) -> DriftEvent {
        let (type, since, severity) = change.transition.parts
        let findings = judgement.findings.filter { $0.kind == change.kind }
        let subject = change.blamed.first
        let feature = report.features.first { $0.name == subject?.feature && $0.family == subject?.family }
        let measure = subject?.measure ?? ""
        let numbers = feature?.measures[measure]
        return DriftEvent(
            id: eventID(change, type, report), type: type, source: source,
            subject: "\(model)/\(subject?.feature ?? "")", time: report.window.end,
            data: DriftEvent.Payload(
                model: model, kind: change.kind.name, fingerprint: change.fingerprint,
                feature: subject?.feature ?? "", measure: measure,
                value: numbers?.value ?? 0, threshold: numbers?.threshold,
                pValue: findings.first?.pValue ?? numbers?.pValue ?? report.test?.pValue,
                qValue: numbers?.qValue ?? feature?.testQValue, errorBound: numbers?.errorBound,
                severity: severity,
                window: report.window, test: report.test, reference: report.reference,
                versions: report.versions, contributors: contributors(findings, report),
                histogram: feature?.histogram, since: since))
    }

    private func sightings(
        _ judgement: WindowJudge.Judgement, _ report: DriftReport, besides events: [DriftEvent]
    ) -> [AlertSighting] {
        let told = Set(events.map(\.data.alertID))
        return alerts.firing.filter { $0.kind.isOfRows && !told.contains($0.id) }.map { kind, id in
            AlertSighting(
                id: id, window: report.window, verdict: report.verdict.rawValue,
                contributors: contributors(judgement.findings.filter { $0.kind == kind }, report))
        }
    }

    private func contributors(
        _ findings: [WindowJudge.Finding], _ report: DriftReport
    ) -> [DriftEvent.Contributor] {
        findings.map { finding in
            let feature = report.features[finding.feature]
            let numbers = feature.measures[finding.measure]
            return DriftEvent.Contributor(
                feature: feature.name, measure: finding.measure, value: numbers?.value ?? 0,
                score: finding.score, pValue: finding.pValue ?? numbers?.pValue)
        }
    }

    /// The same alert in the same window always has the same id.
    private func eventID(_ change: AlertBook.Change, _ type: DriftEvent.Kind, _ report: DriftReport) -> String
    {
        DriftEvent.id(of: [
            source, change.fingerprint, type.rawValue, report.window.start.description,
            report.window.end.description, report.reference, "\(panes.last?.index ?? 0)",
        ])
    }
}

extension DriftEvent {
    /// What tells an event from others, and is the same when it is sent again: a hash of what it is about.
    package static func id(of parts: [String]) -> String {
        let digest = SHA256.hash(data: Data(parts.joined(separator: "\u{0}").utf8))
        return digest.prefix(16).hexadecimal
    }
}

extension Alert.Transition {
    var parts: (DriftEvent.Kind, since: Timestamp, DriftEvent.Severity) {
        switch self {
        case .fired(let since, let severity), .escalated(let since, let severity): (.firing, since, severity)
        case .resolved(let since, let severity): (.resolved, since, severity)
        }
    }
}

// MARK: - Restart

/// What a monitor needs to go on after a restart, beside its configuration, its reference and the panes it holds.
package struct MonitorCheckpoint: Codable, Sendable {
    /// How the panes were cut.
    package var plan: String
    /// Whose cells they were counted in.
    package var reference: String
    package var firstPane: Int64?
    package var lastPane: Int64?
    package var alerts: Data
}

extension DriftMonitor {
    package func checkpoint() throws -> MonitorCheckpoint {
        MonitorCheckpoint(
            plan: plan.description, reference: reference.id, firstPane: firstPane, lastPane: lastPane,
            alerts: try alerts.encoded())
    }

    /// Takes up where a checkpoint left off, with the panes that were held then. Panes cut otherwise or counted over another reference's cells are
    /// dropped; the alerts stand, since they are about the model.
    package mutating func restore(_ checkpoint: MonitorCheckpoint, holding held: [Pane]) throws {
        try alerts.restore(checkpoint.alerts)
        guard checkpoint.plan == plan.description, checkpoint.reference == reference.id,
            held.allSatisfy({ $0.profile.fits(reference) })
        else { return }
        (panes, firstPane, lastPane) = (held, checkpoint.firstPane, checkpoint.lastPane)
    }
}
