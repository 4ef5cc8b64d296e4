import Capture
import Drift

/// Looks at the rows that are kept: holds answers against the truth, once enough of a window's labels are in; shows each
/// loss to the detectors, as its label comes; and holds features against those of training.
actor PerformanceWatch {
    nonisolated let recorder: CaptureRecorder
    private let inbox: LabelInbox
    private let model: String
    private let limits: CaptureLimits
    private let configuration: PerformanceConfiguration
    private let skewCheck: SkewCheck?
    private let latenessNanoseconds: Int64
    private var reference: Reference?
    /// Of versions that were champion before, the newest last: their labels still come.
    private var former: [Reference] = []
    private var scoring: AnswerScoring?
    private var state: PerformanceCheckpoint
    /// The window that waits for its labels.
    private(set) var next: ModelPerformance.PendingWindow?
    /// What had been sent to be stored, and how far event time had come when it was.
    private var mark: (sent: UInt64, reached: Timestamp)?
    private var nextLook = ContinuousClock.now
    private var nextSkewCheck = ContinuousClock.now
    /// Why rows could not be held against those of training.
    private var skewProblem: String?
    private var newestWindow: MeasuredWindow?

    /// So often a window is tried again whose extract cannot be used yet.
    private static let skewPause = Duration.seconds(10)

    /// What a step brought to light.
    struct Findings: Sendable {
        var windows: [MeasuredWindow] = []
        var skews: [SkewReport] = []
        var changes: [LossWatch.Change] = []
        var checkpoint: PerformanceCheckpoint
        /// Why windows could not be measured; they are tried again.
        var failure: (any Error)?

        var isEmpty: Bool { windows.isEmpty && skews.isEmpty && changes.isEmpty }
    }

    /// A window with a report for each version that answered in it; of too many, for some.
    struct MeasuredWindow: Sendable {
        var start: Timestamp
        var end: Timestamp
        /// All that answered.
        var versions: Set<String>
        var reports: [PerformanceReport] = []

        /// That versions were left out.
        fileprivate var omission: String? {
            guard reports.count < versions.count else { return nil }
            return
                "\(versions.count - reports.count) of \(versions.count) versions are not measured, those with the "
                + "fewest rows in the window from \(start)"
        }
    }

    init(
        _ stream: StreamConfiguration, _ limits: CaptureLimits, _ configuration: PerformanceConfiguration,
        state folder: String, labelled: @escaping @Sendable ([LabelledRow]) -> Void,
        report: @escaping @Sendable (CaptureRecorder.Change) -> Void
    ) {
        (model, self.limits, self.configuration) = (stream.model, limits, configuration)
        skewCheck = stream.skew.map { SkewCheck(model: stream.model, configuration: $0) }
        latenessNanoseconds = stream.plan.latenessNanoseconds
        let inbox = LabelInbox()
        self.inbox = inbox
        recorder = CaptureRecorder(
            state: folder, model: stream.model, limits: limits, schema: nil, clock: { .now },
            labelled: { rows in
                inbox.add(rows)
                labelled(rows)
            }, report: report)
        state = PerformanceCheckpoint(losses: LossWatch(configuration.detectors))
    }

    /// Begins with a reference, and with what was saved where something was.
    func begin(_ reference: Reference?, schema: ModelSchema?, resuming saved: PerformanceCheckpoint?) async {
        retire(self.reference, for: reference)
        self.reference = reference
        scoring = AnswerScoring(schema)
        if let saved {
            (state.cursor, state.skewCursor) = (saved.cursor, saved.skewCursor)
            state.losses = LossWatch(configuration.detectors, resuming: saved.losses)
        }
        await recorder.adopt(schema)
    }

    private static let formerKept = 4

    private func retire(_ old: Reference?, for new: Reference?) {
        former.removeAll { $0.modelVersion == new?.modelVersion }
        guard let old, old.modelVersion != nil, old.modelVersion != new?.modelVersion else { return }
        former = (former + [old]).suffix(PerformanceWatch.formerKept)
    }

    /// What a version's answers are held against: a candidate's not against what the champion once did.
    private func reference(of version: String) -> Reference? {
        guard let own = reference?.modelVersion, own != version else { return reference }
        return former.last { $0.modelVersion == version }
    }

    var detectors: [LossWatch.Status] { state.losses.statuses }

    var captureStatus: CaptureStatus {
        get async { CaptureStatus(await recorder.figures, failure: await recorder.failure) }
    }

    /// What keeps rows from being kept, labels from being of use, or versions from being measured.
    var problems: [String] {
        get async {
            [await recorder.failure, skewProblem, unmeasurable, await refusal, newestWindow?.omission]
                .compactMap(\.self)
        }
    }

    private var unmeasurable: String? {
        guard let reference, scoring == nil else { return nil }
        return
            "performance cannot be measured: reference \(reference.id) does not say what the model answers; "
            + "build it with --prediction-column and --label-column, or a schema with task and prediction"
    }

    private var refusal: String? {
        get async {
            let figures = await recorder.figures
            guard let label = figures.lastRefusedLabel, let scoring else { return nil }
            return "\(figures.counters[.labelType]) labels were refused, the last '\(label.prefix(40))': "
                + scoring.labelRule
        }
    }

    // MARK: Steps

    /// Takes in the labels that came, and measures the windows that are ripe.
    ///
    /// - Parameters:
    ///   - reached: how far the stream's event time has come.
    ///   - alerting: versions that are measured whatever others there are.
    func step(reached: Timestamp?, alerting: [String] = []) async -> Findings {
        var findings = Findings(checkpoint: state)
        if let reached = await storedMark(reached), let reader = await recorder.reader {
            do {
                try await measure(reader, reached, alerting, &findings)
                try await checkSkew(reader, reached, &findings)
            } catch {
                findings.failure = error
            }
        }
        findings.changes = learn()
        findings.checkpoint = state
        return findings
    }

    private func learn() -> [LossWatch.Change] {
        let rows = inbox.take()
        guard let scoring else { return [] }
        return rows.flatMap { row in
            state.losses.observe(
                score: row.score, class: row.class, truth: row.label, version: row.version ?? "unknown",
                at: row.time, scoring)
        }
    }

    private func measure(
        _ reader: CaptureReader, _ reached: Timestamp, _ alerting: [String], _ findings: inout Findings
    ) async throws {
        guard let scoring, ContinuousClock.now >= nextLook else { return }
        let began = ContinuousClock.now
        // Counting a window's labels may take a while; it is not to take a core.
        defer { nextLook = .now.advanced(by: (.now - began) * 10) }
        while let window = try await ripeWindow(reader, reached) {
            let measured = try await measure(window, reader, scoring, alerting)
            findings.windows.append(measured)
            newestWindow = measured
            state.cursor = window.end
        }
    }

    /// How far event time had come when everything was sent that is stored by now.
    private func storedMark(_ reached: Timestamp?) async -> Timestamp? {
        guard let reached else { return nil }
        let sent = recorder.outlet.sent
        let stored = await recorder.handled
        if mark.map({ $0.sent <= stored }) ?? true {
            defer { mark = (sent, reached) }
            // Another stream may have begun since, in an earlier time.
            return sent <= stored ? reached : mark.map { min($0.reached, reached) }
        }
        return nil
    }

    /// The next window whose rows have all come, if enough of its labels are in or no more are waited for.
    private func ripeWindow(
        _ reader: CaptureReader, _ reached: Timestamp
    ) async throws -> (start: Timestamp, end: Timestamp)? {
        next = nil
        guard let first = try await reader.first(of: .predictions, from: state.cursor) else { return nil }
        let window = configuration.period.bounds(around: first)
        let maturity = try await reader.maturity(of: CaptureSpan(from: window.start, to: window.end))
        guard reached >= window.end.advanced(by: latenessNanoseconds),
            maturity.isReached(limits, end: window.end, at: reached)
        else {
            next = ModelPerformance.PendingWindow(
                start: window.start, end: window.end, maturity: .init(maturity))
            return nil
        }
        return window
    }

    // MARK: Skew

    /// Looks at windows whose rows have all come. One that cannot be compared is tried again, as the extract may be written
    /// later, until labels are no longer waited for either.
    private func checkSkew(
        _ reader: CaptureReader, _ reached: Timestamp, _ findings: inout Findings
    ) async throws {
        guard let skewCheck, ContinuousClock.now >= nextSkewCheck else { return }
        let began = ContinuousClock.now
        defer { nextSkewCheck = .now.advanced(by: max(PerformanceWatch.skewPause, (.now - began) * 10)) }
        while let first = try await reader.first(of: .features, from: state.skewCursor) {
            let window = configuration.period.bounds(around: first)
            guard reached >= window.end.advanced(by: latenessNanoseconds) else { return }
            do {
                let span = CaptureSpan(from: window.start, to: window.end)
                findings.skews.append(try await skewCheck.report(on: span, from: reader))
                skewProblem = nil
            } catch let problem as AgentError {
                skewProblem = problem.description
                guard reached >= window.end.advanced(by: limits.labelHorizon) else { return }
            }
            state.skewCursor = window.end
        }
    }

    // MARK: Measuring

    /// Measures those versions that alert, then those that answered most.
    private func measure(
        _ window: (start: Timestamp, end: Timestamp), _ reader: CaptureReader, _ scoring: AnswerScoring,
        _ alerting: [String]
    ) async throws -> MeasuredWindow {
        var span = CaptureSpan(from: window.start, to: window.end)
        let served = try await reader.versions(in: span).map { version, rows in
            (version: version, rank: (alerting.contains(version ?? "unknown") ? 0 : 1, -rows, version ?? ""))
        }.sorted { $0.rank < $1.rank }.map(\.version)
        var measured = MeasuredWindow(
            start: window.start, end: window.end, versions: Set(served.map { $0 ?? "unknown" }))
        for version in served.prefix(LossWatch.capacity) {
            span.version = version.map(CaptureSpan.Version.named) ?? .unknown
            let cohort = try await reader.cohort(of: span)
            measured.reports.append(report(version ?? "unknown", cohort, window, scoring))
        }
        return measured
    }

    private func report(
        _ version: String, _ cohort: CaptureCohort, _ window: (start: Timestamp, end: Timestamp),
        _ scoring: AnswerScoring
    ) -> PerformanceReport {
        var tally = PerformanceTally(scoring)
        for row in cohort.scores.indices {
            tally.add(
                score: cohort.scores[row], class: cohort.classes[row], truth: cohort.labels[row],
                probability: cohort.probabilities[row])
        }
        let reference = reference(of: version)
        let expected = reference?.performance
        let confidence = expected?.confidence ?? 0.95
        var maturity = PerformanceReport.Maturity(cohort.maturity)
        if tally.rows < maturity.sampledRows { maturity.measuredRows = tally.rows }
        return PerformanceReport(
            model: model, version: version,
            window: WindowSummary(
                start: window.start, end: window.end, predictions: maturity.sampledRows,
                labels: maturity.labelledRows),
            maturity: maturity, realised: tally.realised(confidence: confidence),
            estimated: expected?.calibration.map(tally.estimated) ?? [:], reference: expected,
            referenceID: reference?.id, confidence: confidence)
    }
}

extension PerformanceReport.Maturity {
    init(_ maturity: CaptureMaturity) {
        self.init(sampledRows: UInt64(maturity.rows), labelledRows: UInt64(maturity.labelled))
    }
}

extension CaptureStatus {
    fileprivate init(_ figures: CaptureFigures, failure: String?) {
        self.init(
            rows: UInt64(figures.rows), waitingLabels: UInt64(figures.waitingLabels),
            usedBytes: UInt64(figures.usedBytes), sampleRate: figures.sample.rate,
            counters: Dictionary(
                uniqueKeysWithValues: CaptureCounters.Reason.allCases.map {
                    ($0.rawValue, figures.counters[$0])
                }), failure: failure)
    }
}

/// What a model's performance needs to go on after a restart, beside the rows that are stored.
struct PerformanceCheckpoint: Codable, Sendable {
    /// Where the next window may begin; `nil` before the first.
    var cursor: Timestamp?
    var skewCursor: Timestamp?
    var losses: LossWatch
    /// The newest window's, judged.
    var skew: SkewReport?
}
