import Drift
import Foundation
import Statistics
import Testing

private let window = WindowSummary(start: at(0), end: at(hour), rows: 400)

private func report(auc: Double, version: String = "3", end: Int64 = 1, labelled: UInt64 = 300)
    -> PerformanceReport
{
    var window = window
    window.end = at(end * hour)
    return PerformanceReport(
        model: "m", version: version, window: window,
        maturity: .init(sampledRows: 400, labelledRows: labelled),
        realised: [.auc: IntervalEstimate(auc, lower: auc - 0.01, upper: auc + 0.01)],
        estimated: [.auc: 0.74, .brier: 0.2],
        reference: ReferencePerformance(
            rows: 5000, measures: [.auc: IntervalEstimate(0.75, lower: 0.74, upper: 0.76)]),
        referenceID: "sha256:1")
}

private func monitor(_ policy: AlertPolicy = AlertPolicy()) throws -> DriftMonitor {
    var settings = DriftSettings()
    (settings.threshold, settings.alerts) = (.fixed, policy)
    return try DriftMonitor(
        model: "m", reference: .of(.x([1, 2, 3])), plan: WindowPlan(length: .nanoseconds(hour)),
        settings: settings, source: "/agents/a")
}

@Suite struct PerformanceReportTests {
    @Test func `its JSON is what scripts read`() throws {
        var judged = report(auc: 0.75)
        judged.measures[.auc]?.severity = .warning
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(judged), as: UTF8.self)
        #expect(json.contains(#""maturity":{"labelled_rows":300,"sampled_rows":400,"share":0.75}"#))
        #expect(json.contains(#""brier":{"estimated":0.2,"higher_is_better":false}"#))
        #expect(json.contains(#""auc":{"difference":{"lower":"#))
        #expect(json.contains(#""realised":{"lower":0.74,"upper":0.76,"value":0.75},"reference":{"#))
        #expect(try JSONDecoder().decode(PerformanceReport.self, from: Data(json.utf8)) == judged)
    }

    @Test func `figures of another confidence are shown and not compared`() {
        let reference = ReferencePerformance(
            rows: 9, confidence: 0.9, measures: [.auc: IntervalEstimate(0.75, lower: 0.74, upper: 0.76)])
        let report = PerformanceReport(
            model: "m", version: "3", window: window, maturity: .init(sampledRows: 0, labelledRows: 0),
            realised: [.auc: IntervalEstimate(0.7, lower: 0.6, upper: 0.8)], reference: reference)
        #expect(report.measures[.auc]?.reference == IntervalEstimate(0.75))
        #expect(report.measures[.auc]?.difference?.lower == nil)
        #expect(report.maturity.share == 0)
    }

    @Test func `a reference's performance survives its file`() throws {
        var outcomes = BinaryOutcomes()
        for row in 0..<50 {
            outcomes.append(isPositive: row % 3 == 0, score: Double(row) / 50, predicted: row > 25)
        }
        let performance = ReferencePerformance(outcomes)
        let file = try JSONEncoder().encode(performance)
        #expect(try JSONDecoder().decode(ReferencePerformance.self, from: file) == performance)
        #expect(performance.calibration != nil)
    }

    @Test func `worse windows in a row fire a concept alert of the version, and better ones resolve it`()
        throws
    {
        var monitor = try monitor(AlertPolicy(windowsToFire: 2))
        let policy = ConceptPolicy()
        let first = monitor.observe(report(auc: 0.6, end: 1), policy: policy)
        #expect(first.report.verdict == .degraded)
        #expect(first.report.measures[.auc]?.severity == .critical)
        #expect(first.events.isEmpty)
        let events = monitor.observe(report(auc: 0.6, end: 2), policy: policy).events
        let fired = try #require(events.first)
        #expect(fired.type == .firing)
        #expect(fired.data.kind == "concept")
        #expect(fired.data.versions == ["3"])
        #expect(fired.data.measure == "auc")
        #expect(fired.data.threshold == 0.03)
        #expect(abs(fired.data.value - -0.15) < 1e-12)
        #expect(fired.data.contributors.map(\.measure) == ["auc"])
        let status = try #require(monitor.alertStatuses.first { $0.kind == "concept" })
        #expect(status.state == "firing")
        #expect(status.version == "3")
        #expect(status.measures == ["auc"])
        #expect(status.features == [])
        let resolved = monitor.observe(report(auc: 0.75, end: 3), policy: policy)
        #expect(resolved.report.verdict == .ok)
        #expect(resolved.events.map(\.type) == [.resolved])
        #expect(resolved.events.first?.data.fingerprint == fired.data.fingerprint)
    }

    @Test func `few labels change no alert`() throws {
        var monitor = try monitor()
        #expect(monitor.observe(report(auc: 0.6), policy: ConceptPolicy()).events.count == 1)
        let early = monitor.observe(report(auc: 0.75, end: 2, labelled: 10), policy: ConceptPolicy())
        #expect(early.report.verdict == .insufficient)
        #expect(early.events.isEmpty)
    }

    @Test func `versions have alerts of their own`() throws {
        var monitor = try monitor()
        let third = monitor.observe(report(auc: 0.6, version: "3"), policy: ConceptPolicy()).events
        let fourth = monitor.observe(report(auc: 0.6, version: "4"), policy: ConceptPolicy()).events
        #expect(third.first?.data.fingerprint != fourth.first?.data.fingerprint)
        #expect(monitor.alertStatuses.compactMap(\.version) == ["3", "4"])
    }

    @Test func `a version that serves no more takes its alert along`() throws {
        var monitor = try monitor()
        let last = report(auc: 0.6)
        let fired = monitor.observe(last, policy: ConceptPolicy()).events
        let ended = monitor.retire(.concept(version: last.version), last.window)
        #expect(ended.map(\.type) == [.resolved])
        #expect(ended.first?.data.fingerprint == fired.first?.data.fingerprint)
        #expect(ended.first?.data.versions == [last.version])
        #expect(monitor.alertStatuses.isEmpty)
        #expect(monitor.retire(.concept(version: last.version), last.window).isEmpty)
    }

    @Test func `an alert survives a restart`() throws {
        var before = try monitor()
        _ = before.observe(report(auc: 0.6), policy: ConceptPolicy())
        var after = try monitor()
        try after.restore(try before.checkpoint(), holding: [])
        #expect(after.alertStatuses == before.alertStatuses)
        #expect(
            after.observe(report(auc: 0.75, end: 2), policy: ConceptPolicy()).events.map(\.type) == [
                .resolved
            ])
    }
}
