import Drift
import Foundation
import Testing

private let daily = WindowPlan(length: .nanoseconds(day), clock: .event)

/// 200 rows of a day: `x` is 0 … 9 but for `moved` rows that are 100, `place` is one of four.
private func rows(day index: Int64, moved: Int = 14, missing: Int = 0, count: Int = 200) -> RowBatch {
    RowBatch(
        .numbers("x", (0..<count).map { $0 < missing ? nil : $0 < missing + moved ? 100 : Double($0 % 10) }),
        .texts("place", (0..<count).map { "p\($0 % 4)" }), times: [at(index * day)], version: "3")
}

/// Nine blocks, each a little farther from the others than the one before.
private let reference: Reference = try! {
    var options = ReferenceBuilder.Options()
    options.blockLength = .nanoseconds(day)
    var builder = ReferenceBuilder(schema: nil, options: options)
    for index in 0..<9 { builder.add(rows(day: Int64(index), moved: 10 + index)) }
    return try builder.build()
}()

private func settings(_ change: (inout DriftSettings) -> Void = { _ in }) -> DriftSettings {
    var settings = DriftSettings()
    settings.budget = .perWindows(count: 1, windows: 10)
    change(&settings)
    return settings
}

private func monitor(
    _ plan: WindowPlan = daily, over reference: Reference = reference, settings: DriftSettings = settings()
) throws -> DriftMonitor {
    try DriftMonitor(
        model: "flight-delay", reference: reference, plan: plan, settings: settings,
        source: "/agents/checkout-7")
}

/// The panes that some rows make.
private func panes(
    _ batches: RowBatch..., by plan: WindowPlan = daily, over reference: Reference = reference
) -> [Pane] {
    var assembler = PaneAssembler(reference: reference, plan: plan)
    for batch in batches { assembler.add(batch, arrival: at(0)) }
    assembler.closeAll()
    return assembler.takeClosed()
}

private func pane(day index: Int64, moved: Int = 14, missing: Int = 0, count: Int = 200) -> Pane {
    panes(rows(day: index, moved: moved, missing: missing, count: count))[0]
}

@Suite struct DriftMonitorTests {
    // MARK: Events

    @Test func `a firing event says everything`() throws {
        var monitor = try monitor()
        var window = pane(day: 20, moved: 60)
        (window.missed, window.partial) = (7, true)
        let outcome = try monitor.outcome(of: window)
        #expect(outcome.events.count == 1)
        let event = try #require(outcome.events.first)
        #expect(
            (event.type, event.source, event.subject) == (.firing, "/agents/checkout-7", "flight-delay/x"))
        #expect(
            (event.specversion, event.time, event.datacontenttype) == (
                "1.0", at(21 * day), "application/json"
            ))
        let data = event.data
        #expect(
            (data.model, data.kind, data.feature, data.measure) == (
                "flight-delay", "data", "x", "wasserstein"
            ))
        let measure = try #require(outcome.report.features[0].measures["wasserstein"])
        #expect((data.value, data.threshold, data.errorBound) == (measure.value, 0.1, measure.errorBound))
        #expect((data.pValue, data.qValue) == (0.1, outcome.report.features[0].measures["ks"]?.qValue))
        #expect(data.qValue != nil)
        #expect((data.severity, data.since, data.reference) == (.critical, at(21 * day), reference.id))
        #expect(
            data.window
                == WindowSummary(start: at(20 * day), end: at(21 * day), rows: 200, missed: 7, partial: true))
        #expect(data.versions == ["3"])
        #expect(data.contributors.map(\.feature) == ["x"])
        #expect(data.contributors.map(\.score) == [outcome.report.test?.score])
        #expect(data.contributors.map(\.value) == [measure.value])
        #expect(data.test == outcome.report.test && data.test?.threshold == .calibrated)
        #expect(data.histogram == outcome.report.features[0].histogram && data.histogram != nil)
        #expect(data.fingerprint == monitor.alertStatuses[0].fingerprint)
    }

    @Test func `an event's JSON has the names that others script against`() throws {
        var monitor = try monitor()
        let event = try monitor.event(in: pane(day: 20, moved: 60))
        let json = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(DriftEvent.self, from: json) == event)
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(object["type"] as? String == "dev.leeway.drift.firing")
        #expect(object["time"] as? String == "1970-01-22T00:00:00Z")
        #expect(
            object.keys.sorted() == [
                "data", "datacontenttype", "id", "source", "specversion", "subject", "time", "type",
            ])
        let data = try #require(object["data"] as? [String: Any])
        #expect(
            data.keys.sorted() == [
                "contributors", "error_bound", "feature", "fingerprint", "histogram", "kind", "measure",
                "model",
                "p_value", "q_value", "reference", "severity", "since", "test", "threshold", "value",
                "versions",
                "window",
            ])
        let window = try #require(data["window"] as? [String: Any])
        #expect(
            window.keys.sorted() == ["end", "labels", "missed", "partial", "predictions", "rows", "start"])
        #expect(data["severity"] as? String == "critical")
    }

    @Test func `with independent rows an event carries p and q`() throws {
        var monitor = try monitor(settings: settings { $0.threshold = .iid })
        let events = try monitor.outcome(of: pane(day: 20, moved: 100)).events
        let event = try #require(events.first { $0.data.kind == "data" })
        #expect(event.data.measure == "ks")
        #expect(try #require(event.data.pValue) < 1e-6)
        #expect(try #require(event.data.qValue) >= #require(event.data.pValue))
        #expect(event.data.errorBound == 0)
    }

    @Test func `when drift ends the alert resolves, under the fingerprint it fired with`() throws {
        var monitor = try monitor()
        let fired = try monitor.event(in: pane(day: 20, moved: 60))
        let still = try monitor.outcome(of: pane(day: 21, moved: 60))
        #expect(still.events.isEmpty)
        let outcome = try monitor.outcome(of: pane(day: 22))
        let resolved = try #require(outcome.events.first)
        #expect(resolved.type == .resolved)
        #expect(resolved.data.fingerprint == fired.data.fingerprint)
        #expect((resolved.data.since, resolved.data.window.start) == (at(21 * day), at(22 * day)))
        #expect((resolved.data.feature, resolved.data.contributors.count) == ("x", 0))
        #expect(resolved.id != fired.id)
        #expect(outcome.report.verdict == .ok)
        #expect(monitor.alertStatuses.map(\.state) == ["resolved"])
    }

    @Test func `a window that is judged again gives the same event`() throws {
        var (first, second) = try (monitor(), monitor())
        let window = pane(day: 20, moved: 60)
        #expect(first.close(window)?.events == second.close(window)?.events)
        let id = try #require(try monitor().judged(window).first?.id)
        #expect(id.count == 32)
        let others = try [
            monitor().judged(pane(day: 21, moved: 60)),
            monitor(settings: settings { $0.threshold = .iid }).judged(window).filter {
                $0.data.kind == "quality"
            },
            DriftMonitor(
                model: "m", reference: reference, plan: daily, settings: settings(),
                source: "/agents/checkout-7"
            )
            .judged(window),
            DriftMonitor(
                model: "flight-delay", reference: reference, plan: daily, settings: settings(),
                source: "/agents/b"
            )
            .judged(window),
        ].map { $0.first?.id }
        #expect(Set(others + [id]).count == 5)
    }

    @Test func `an alarm that grows severe is told again`() throws {
        var monitor = try monitor(
            settings: settings { $0.effects.limits["wasserstein"] = .init(warning: 0.1, critical: 3) })
        let first = try monitor.outcome(of: pane(day: 20, moved: 60))
        #expect(first.events.map(\.data.severity) == [.warning])
        let outcome = try monitor.outcome(of: pane(day: 21, moved: 199))
        #expect(outcome.events.map(\.type) == [.firing])
        #expect(outcome.events.map(\.data.severity) == [.critical])
        #expect(outcome.events.map(\.data.since) == [at(21 * day)])
    }

    @Test func `while an alert fires, each window says what still speaks for it`() throws {
        var monitor = try monitor()
        let fired = try monitor.outcome(of: pane(day: 20, moved: 60))
        #expect(fired.sightings.isEmpty)
        let going = try monitor.outcome(of: pane(day: 21, moved: 61))
        #expect(going.events.isEmpty)
        let sighting = try #require(going.sightings.first)
        #expect(sighting.id == fired.events[0].data.alertID)
        #expect((sighting.window, sighting.verdict) == (going.report.window, "drifted"))
        #expect(
            sighting.contributors.map(\.value) == [going.report.features[0].measures["wasserstein"]?.value])
        let resolved = try monitor.outcome(of: pane(day: 22))
        #expect(resolved.events.map(\.type) == [.resolved])
        #expect(resolved.sightings.isEmpty)
    }

    @Test func `missing values are an event about quality`() throws {
        var monitor = try monitor()
        let event = try #require(
            monitor.close(pane(day: 20, missing: 50))?.events.first { $0.data.kind == "quality" })
        #expect((event.data.feature, event.data.measure, event.data.value) == ("x", "missing_rate", 0.25))
        #expect(try #require(event.data.pValue) < 1e-20)
    }

    // MARK: Reports

    @Test func `a report has every feature, scored and marked`() throws {
        var monitor = try monitor()
        let report = try monitor.outcome(of: pane(day: 20, moved: 60)).report
        #expect((report.model, report.reference, report.versions) == ("flight-delay", reference.id, ["3"]))
        #expect(report.verdict == .drifted)
        #expect(report.features.map(\.name) == ["x", "place"])
        #expect(report.features.map(\.drifted) == [true, false])
        #expect(report.features.map(\.primary) == ["wasserstein", "tv"])
        #expect(report.features[0].score == report.test?.score)
        #expect(report.features[1].score != nil)
        #expect(report.features.allSatisfy { $0.measures[$0.primary] != nil && $0.rows == 200 })
        #expect(report.features[0].measures["ks"]?.qValue != nil)
        #expect(try JSONDecoder().decode(DriftReport.self, from: JSONEncoder().encode(report)) == report)
    }

    @Test func `a window below the minimum is insufficient and changes no alert`() throws {
        var monitor = try monitor(settings: settings { $0.minimumSamples = 160 })
        _ = monitor.close(pane(day: 20, moved: 60))
        let few = try monitor.outcome(of: pane(day: 21, count: 159))
        #expect((few.report.verdict, few.report.test, few.events.count) == (.insufficient, nil, 0))
        #expect(few.report.window.rows == 159)
        #expect(few.report.features.map(\.primary) == ["wasserstein", "tv"])
        #expect(monitor.alertStatuses.map(\.state) == ["firing"])
        #expect(monitor.close(pane(day: 22, moved: 11, count: 160))?.report.verdict == .ok)
        #expect(monitor.alertStatuses.map(\.state) == ["resolved"])
    }

    @Test func `a stream of answers alone is judged by those`() throws {
        func scores(_ index: Int64, _ shift: Double) -> RowBatch {
            RowBatch(
                .numbers(
                    "score", (0..<200).map { Double(($0 + Int(index)) % 20) + shift }, part: .predictions),
                times: [at(index * day)])
        }
        var options = ReferenceBuilder.Options()
        options.blockLength = .nanoseconds(day)
        var builder = ReferenceBuilder(schema: nil, options: options)
        for index in 0..<9 as Range<Int64> { builder.add(scores(index, Double(index) / 10)) }
        let reference = try builder.build()
        var monitor = try monitor(over: reference)
        let outcome = try monitor.outcome(of: panes(scores(20, 9), over: reference)[0])
        #expect(outcome.report.verdict == .drifted)
        #expect((outcome.report.window.rows, outcome.report.window.predictions) == (0, 200))
        #expect(outcome.events.map(\.data.kind) == ["prediction"])
    }

    // MARK: Sliding windows

    private static let sliding = WindowPlan(
        length: .nanoseconds(day), step: .nanoseconds(6 * hour), clock: .event)

    /// Fifty rows each six hours, from a quarter of day 20 on.
    private static func quarters(_ count: Int, moved: Int = 4, skipping: Set<Int> = []) -> [Pane] {
        (0..<count).filter { !skipping.contains($0) }.map { quarter in
            var batch = rows(day: 20, moved: moved, count: 50)
            batch.times = [at(20 * day + Int64(quarter) * 6 * hour)]
            return panes(batch, by: sliding)[0]
        }
    }

    @Test func `a sliding window is judged once it is full, then at every step`() throws {
        var monitor = try monitor(Self.sliding)
        let outcomes = Self.quarters(6).map { monitor.close($0) }
        #expect(outcomes.map { $0 == nil } == [true, true, true, false, false, false])
        #expect(outcomes.compactMap { $0?.report.window.rows } == [200, 200, 200])
        let quarter = 6 * hour
        #expect(
            outcomes.compactMap { $0?.report.window.start } == [0, 1, 2].map { at(20 * day + $0 * quarter) })
        #expect(
            outcomes.compactMap { $0?.report.window.end } == [4, 5, 6].map { at(20 * day + $0 * quarter) })
    }

    @Test func `a sliding window is as long as it is, though its first panes are empty`() throws {
        var monitor = try monitor(Self.sliding, settings: settings { $0.minimumSamples = 50 })
        let outcomes = Self.quarters(8, skipping: [1, 2, 3, 4, 5, 6]).map { monitor.close($0) }
        let window = try #require(outcomes[1]?.report.window)
        #expect((window.start, window.end, window.rows) == (at(21 * day), at(22 * day), 50))
    }

    @Test func `a sliding window adds up what its panes lost and saw`() throws {
        var monitor = try monitor(Self.sliding)
        var quarters = Self.quarters(5)
        (quarters[0].missed, quarters[1].missed, quarters[3].missed) = (1, 2, 4)
        (quarters[0].partial, quarters[2].versions) = (true, ["10"])
        let windows = quarters.compactMap { monitor.close($0)?.report }
        #expect(windows.map(\.window.missed) == [7, 6])
        #expect(windows.map(\.window.partial) == [true, false])
        #expect(windows.map(\.versions) == [["10", "3"], ["10", "3"]])
    }

    @Test func `windows of rows slide by rows`() throws {
        let plan = WindowPlan(length: .rows(200), step: .rows(100), clock: .event)
        var monitor = try monitor(plan, settings: settings { $0.threshold = .iid })
        let outcomes = panes(rows(day: 20), rows(day: 21), by: plan).map { monitor.close($0) }
        #expect(outcomes.map { $0?.report.window.rows } == [nil, 200, 200, 200])
        #expect(outcomes.map { $0?.report.window.start } == [nil, at(20 * day), at(20 * day), at(21 * day)])
    }

    @Test func `a gap without rows does not make the windows behind it wait`() throws {
        var monitor = try monitor(Self.sliding)
        let quarters = Self.quarters(12)
        let judged = (quarters[0..<5] + quarters[8..<12]).map { monitor.close($0) != nil }
        #expect(judged == [false, false, false, true, true, true, true, true, true])
        #expect(monitor.heldPanes.map(\.index) == quarters[9..<12].map(\.index))
    }

    // MARK: Restart

    @Test func `a restart in the middle changes no verdict and no event`() throws {
        let windows = Self.quarters(5) + Self.quarters(14, moved: 30).dropFirst(5)
        var whole = try monitor(Self.sliding)
        var restarted = try monitor(Self.sliding)
        for window in windows {
            let json = try JSONEncoder().encode(restarted.checkpoint())
            let held = restarted.heldPanes
            restarted = try monitor(Self.sliding)
            try restarted.restore(JSONDecoder().decode(MonitorCheckpoint.self, from: json), holding: held)
            let (expected, found) = (whole.close(window), restarted.close(window))
            #expect(found?.report == expected?.report)
            #expect(found?.events == expected?.events)
        }
        #expect(restarted.alertStatuses == whole.alertStatuses)
        #expect(whole.alertStatuses.map(\.state) == ["firing"])
    }

    @Test func `panes of another reference or plan are dropped, and the alerts stand`() throws {
        var old = try monitor(Self.sliding)
        for window in Self.quarters(4, moved: 30) { _ = old.close(window) }
        let checkpoint = try old.checkpoint()
        let next = Self.quarters(5)[4]

        var same = try monitor(Self.sliding)
        try same.restore(checkpoint, holding: old.heldPanes)
        #expect(same.close(next) != nil)

        var otherPlan = try monitor(
            WindowPlan(length: .nanoseconds(day), step: .nanoseconds(12 * hour), clock: .event))
        try otherPlan.restore(checkpoint, holding: old.heldPanes)
        #expect(otherPlan.alertStatuses == old.alertStatuses)
        #expect(otherPlan.close(next) == nil)

        let rebuilt = try Reference.of(rows(day: 0), rows(day: 1), rows(day: 2), blocks: .nanoseconds(day))
        var otherReference = try monitor(
            Self.sliding, over: rebuilt, settings: settings { $0.budget = .perWindows(count: 1, windows: 2) })
        try otherReference.restore(checkpoint, holding: old.heldPanes)
        #expect(otherReference.alertStatuses == old.alertStatuses)
        var window = rows(day: 21, count: 50)
        window.times = [next.start]
        #expect(otherReference.close(panes(window, by: Self.sliding, over: rebuilt)[0]) == nil)
    }
}

extension DriftMonitor {
    fileprivate mutating func outcome(of pane: Pane) throws -> Outcome {
        let outcome = close(pane)
        return try #require(outcome)
    }

    fileprivate mutating func event(in pane: Pane) throws -> DriftEvent {
        let outcome = try outcome(of: pane)
        return try #require(outcome.events.first)
    }

    /// The events of one window.
    fileprivate func judged(_ pane: Pane) -> [DriftEvent] {
        var monitor = self
        return monitor.close(pane)?.events ?? []
    }
}
