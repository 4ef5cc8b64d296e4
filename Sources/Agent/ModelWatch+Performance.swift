import Capture
import Drift
import Logging

extension ModelWatch {
    /// Measures performance until it is cancelled.
    func measure(_ performance: PerformanceWatch) async {
        while !Task.isCancelled {
            await step(performance)
            try? await Task.sleep(for: .seconds(1))
        }
    }

    func step(_ performance: PerformanceWatch) async {
        let findings = await performance.step(
            reached: reachedTime, alerting: monitor?.conceptVersions ?? [])
        take(findings)
        if let failure = findings.failure, !(failure is CancellationError) {
            logger.error("the captured rows cannot be read: \(failure)")
        }
    }

    /// Ends the alerts about what is no longer looked at; nothing else ever would.
    func retireUnwatched() {
        guard var monitor else { return }
        var outcome = AgentStore.Outcome()
        let now = WindowSummary(start: .now, end: .now)
        if performance == nil {
            newestPerformance = []
            outcome.events = monitor.conceptVersions.flatMap { monitor.retire(.concept(version: $0), now) }
        }
        if performance == nil || stream.skew == nil {
            performanceCheckpoint?.skew = nil
            outcome.events += monitor.retire(.skew, now)
        }
        self.monitor = monitor
        guard !outcome.events.isEmpty else { return }
        outcome.proposals = proposals(for: outcome.events, closing: nil, of: .concept)
        note(outcome)
        commit(outcome)
    }

    /// Takes in the labels that were stored last; the store is closed by now.
    func conclude(_ performance: PerformanceWatch) async { take(await performance.step(reached: nil)) }

    /// How far the stream's event time has come; live, time passes without rows too.
    private var reachedTime: Timestamp? {
        outlet.figures.latestEvent.map { stream.clock == .arrival ? max($0, .now) : $0 }
    }

    private func take(_ findings: PerformanceWatch.Findings) {
        var checkpoint = findings.checkpoint
        checkpoint.skew = performanceCheckpoint?.skew
        performanceCheckpoint = checkpoint
        guard var monitor, let configuration = stream.performance, !findings.isEmpty else { return }
        var outcome = AgentStore.Outcome()
        for change in findings.changes { log(change) }
        if configuration.detectorsAlarm { outcome.events = findings.changes.flatMap { monitor.observe($0) } }
        for report in findings.skews {
            let judged = monitor.observe(report, policy: stream.skew?.policy ?? SkewPolicy())
            checkpoint.skew = judged.report
            outcome.events += judged.events
            if judged.events.isEmpty {
                outcome.sightings += [monitor.sighting(judged.report)].compactMap(\.self)
            }
        }
        outcome.proposals = proposals(for: outcome.events, closing: nil, of: .concept)
        let losses = configuration.detectorsAlarm ? checkpoint.losses : nil
        for window in findings.windows {
            let known = outcome.events.count
            monitor.take(window, losses, configuration.policy, &outcome)
            outcome.proposals += proposals(
                for: Array(outcome.events[known...]),
                closing: WindowSummary(start: window.start, end: window.end), of: .concept)
        }
        (self.monitor, performanceCheckpoint) = (monitor, checkpoint)
        if let last = findings.windows.last {
            newestPerformance = outcome.performance.suffix(last.reports.count)
        }
        note(outcome)
        commit(outcome)
    }

    private func log(_ change: LossWatch.Change) {
        logger.notice(
            "\(change.detector.rawValue) found a change in the losses of version \(change.version)",
            metadata: ["before": "\(change.finding.before)", "recent": "\(change.finding.recent)"])
    }

    /// - Parameter limit: windows, the newest.
    func performance(limit: Int) async throws -> ModelPerformance {
        var expected = monitor?.reference.performance
        expected?.calibration = nil
        return ModelPerformance(
            model: stream.model, reference: monitor?.reference.id, expected: expected,
            windows: try store.performance(of: stream.model, limit: limit), next: await performance?.next,
            detectors: await performance?.detectors ?? [], capture: await performance?.captureStatus,
            skew: performanceCheckpoint?.skew,
            alerts: (monitor?.alertStatuses ?? []).filter { ["concept", "skew"].contains($0.kind) })
    }
}

extension DriftMonitor {
    /// Judges a window's reports. A version that did not answer in it has nothing to alert about any more.
    fileprivate mutating func take(
        _ window: PerformanceWatch.MeasuredWindow, _ losses: LossWatch?, _ policy: ConceptPolicy,
        _ outcome: inout AgentStore.Outcome
    ) {
        for report in window.reports {
            let judged = observe(report, policy: policy, changed: losses?.lastChange(of: report.version))
            outcome.performance.append(judged.report)
            outcome.events += judged.events
            if judged.events.isEmpty { outcome.sightings += [sighting(judged.report)].compactMap(\.self) }
        }
        for version in conceptVersions where !window.versions.contains(version) {
            outcome.events += retire(
                .concept(version: version), WindowSummary(start: window.start, end: window.end))
        }
    }
}

extension Logger {
    /// What became of storing rows.
    func report(_ change: CaptureRecorder.Change) {
        switch change {
        case .stopped(let reason): error("rows are not captured, the rest goes on: \(reason)")
        case .resumed(let lost): notice("rows are captured again; \(lost) were not")
        }
    }
}
