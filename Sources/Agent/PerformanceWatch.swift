import Capture
import Drift

/// Holds a model's answers against the truth: windows of event time are measured once enough of their labels are in, and
/// detectors look at each loss as its label comes.
actor PerformanceWatch {
    nonisolated let recorder: CaptureRecorder
    private let inbox: LabelInbox
    private let model: String
    private let limits: CaptureLimits
    private let configuration: PerformanceConfiguration
    private let latenessNanoseconds: Int64
    private var reference: Reference?
    private var scoring: AnswerScoring?
    private var state: PerformanceCheckpoint
    /// The window that waits for its labels.
    private(set) var next: ModelPerformance.PendingWindow?
    /// What had been sent to be stored, and how far event time had come when it was.
    private var mark: (sent: UInt64, reached: Timestamp)?
    private var nextLook = ContinuousClock.now

    /// What a step brought to light.
    struct Findings: Sendable {
        var windows: [[PerformanceReport]] = []
        var changes: [LossWatch.Change] = []
        var checkpoint: PerformanceCheckpoint
        /// Why windows could not be measured; they are tried again.
        var failure: (any Error)?

        var isEmpty: Bool { windows.isEmpty && changes.isEmpty }
    }

    init(
        _ stream: StreamConfiguration, _ limits: CaptureLimits, _ configuration: PerformanceConfiguration,
        state folder: String, report: @escaping @Sendable (CaptureRecorder.Change) -> Void
    ) {
        (model, self.limits, self.configuration) = (stream.model, limits, configuration)
        latenessNanoseconds = stream.plan.latenessNanoseconds
        let inbox = LabelInbox()
        self.inbox = inbox
        recorder = CaptureRecorder(
            state: folder, model: stream.model, limits: limits, schema: nil, clock: { .now },
            labelled: { inbox.add($0) }, report: report)
        state = PerformanceCheckpoint(losses: LossWatch(configuration.detectors))
    }

    /// Begins with a reference, and with what was saved where something was.
    func begin(_ reference: Reference?, schema: ModelSchema?, resuming saved: PerformanceCheckpoint?) async {
        self.reference = reference
        scoring = AnswerScoring(schema)
        if let saved {
            state.cursor = saved.cursor
            state.losses = LossWatch(configuration.detectors, resuming: saved.losses)
        }
        await recorder.adopt(schema)
    }

    var detectors: [LossWatch.Status] { state.losses.statuses }

    var captureStatus: CaptureStatus? {
        get async {
            guard let figures = await recorder.figures else { return nil }
            return CaptureStatus(figures, failure: await recorder.failure)
        }
    }

    // MARK: Steps

    /// Takes in the labels that came, and measures the windows that are ripe.
    ///
    /// - Parameter reached: how far the stream's event time has come.
    func step(reached: Timestamp?) async -> Findings {
        let (windows, failure) = await measure(reached)
        let changes = learn()
        return Findings(windows: windows, changes: changes, checkpoint: state, failure: failure)
    }

    private func learn() -> [LossWatch.Change] {
        guard let scoring else { return [] }
        return inbox.take().flatMap { row in
            state.losses.observe(
                score: row.score, class: row.class, truth: row.label, version: row.version ?? "unknown",
                at: row.time, scoring)
        }
    }

    private func measure(_ reached: Timestamp?) async -> ([[PerformanceReport]], (any Error)?) {
        guard let scoring, let reached = await storedMark(reached), ContinuousClock.now >= nextLook,
            let reader = await recorder.reader
        else { return ([], nil) }
        let began = ContinuousClock.now
        // Counting a window's labels may take a while; it is not to take a core.
        defer { nextLook = .now.advanced(by: (.now - began) * 10) }
        var windows: [[PerformanceReport]] = []
        do {
            while let window = try await ripeWindow(reader, reached) {
                windows.append(try await measure(window, reader, scoring))
                state.cursor = window.end
            }
            return (windows, nil)
        } catch {
            return (windows, error)
        }
    }

    /// How far event time had come when everything was sent that is stored by now.
    private func storedMark(_ reached: Timestamp?) async -> Timestamp? {
        guard let reached else { return nil }
        let sent = recorder.outlet.sent
        let stored = await recorder.handled
        if mark.map({ $0.sent <= stored }) ?? true {
            defer { mark = (sent, reached) }
            return sent <= stored ? reached : mark?.reached
        }
        return nil
    }

    /// The next window whose rows have all come, if enough of its labels are in or no more are waited for.
    private func ripeWindow(
        _ reader: CaptureReader, _ reached: Timestamp
    ) async throws -> (start: Timestamp, end: Timestamp)? {
        next = nil
        guard let first = try await reader.firstAnswer(from: state.cursor) else { return nil }
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

    // MARK: Measuring

    /// A report for each version that answered in the window.
    private func measure(
        _ window: (start: Timestamp, end: Timestamp), _ reader: CaptureReader, _ scoring: AnswerScoring
    ) async throws -> [PerformanceReport] {
        let whole = CaptureSpan(from: window.start, to: window.end)
        var reports: [PerformanceReport] = []
        let served = try await reader.versions(in: whole).sorted {
            ($1.value, $0.key ?? "") < ($0.value, $1.key ?? "")
        }
        for version in served.prefix(LossWatch.capacity).map(\.key) {
            var span = whole
            span.version = version.map(CaptureSpan.Version.named) ?? .unknown
            let cohort = try await reader.cohort(of: span)
            reports.append(report(version ?? "unknown", cohort, window, scoring))
        }
        return reports
    }

    private func report(
        _ version: String, _ cohort: CaptureCohort, _ window: (start: Timestamp, end: Timestamp),
        _ scoring: AnswerScoring
    ) -> PerformanceReport {
        var tally = PerformanceTally(scoring)
        for row in cohort.scores.indices {
            tally.add(score: cohort.scores[row], class: cohort.classes[row], truth: cohort.labels[row])
        }
        // A candidate's answers are not held against what the champion once did.
        let isOwn = reference?.modelVersion.map { $0 == version } ?? true
        let expected = isOwn ? reference?.performance : nil
        let confidence = expected?.confidence ?? 0.95
        let maturity = PerformanceReport.Maturity(cohort.maturity)
        return PerformanceReport(
            model: model, version: version,
            window: WindowSummary(
                start: window.start, end: window.end, predictions: maturity.sampledRows,
                labels: maturity.labelledRows),
            maturity: maturity, realised: tally.realised(confidence: confidence),
            estimated: expected?.calibration.map(tally.estimated) ?? [:], reference: expected,
            referenceID: isOwn ? reference?.id : nil, confidence: confidence)
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
    var losses: LossWatch
}
