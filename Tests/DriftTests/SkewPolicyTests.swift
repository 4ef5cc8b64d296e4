import Drift
import Testing

@Suite struct SkewPolicyTests {
    @Test(
        arguments: [
            (0, 1000, .clear), (8, 1000, .clear), (9, 1000, .wavering), (10, 1000, .alarming(.warning)),
            (49, 1000, .alarming(.warning)), (50, 1000, .alarming(.critical)), (1, 50, .alarming(.warning)),
            (49, 49, nil),
        ] as [(Int, Int, AlertSignal?)])
    func `the share of mismatches alarms`(mismatches: Int, rows: Int, signal: AlertSignal?) {
        let judgement = SkewPolicy().judge(.differing(mismatches, of: rows), clearRatio: 0.85)
        #expect(judgement.signal == signal)
        #expect(judgement.findings.isEmpty == (signal == nil || signal == .clear || signal == .wavering))
    }

    @Test func `of a limit of nothing one row alarms, and none does not`() {
        let strict = SkewPolicy(limits: EffectSizes.Limits(warning: 0, critical: 1), minimumRows: 1)
        #expect(strict.judge(.differing(0, of: 100)).signal == .clear)
        #expect(strict.judge(.differing(1, of: 100)).signal == .alarming(.warning))
        #expect(strict.judge(.differing(0, of: 0)).signal == nil)
    }

    @Test func `findings come with the worst first, and mark the report`() {
        let served = (0..<100).map { row in
            ServedRow.row(
                "\(row)",
                [
                    ("a", .fp64, .number(row < 2 ? 9 : 1)), ("b", .fp64, .number(1)),
                    ("c", .fp64, .number(row < 7 ? 9 : 1)),
                ])
        }
        var report = SkewReport.of(
            served, beside: WrittenRows(["a", "b", "c"], (0..<100).map { ["\($0)", "1", "1", "1"] }))
        #expect((report.verdict, report.features[0].severity) == (.insufficient, nil))
        let judgement = SkewPolicy().judge(report)
        #expect(judgement.findings.map(\.feature) == ["c", "a"])
        #expect(judgement.findings.map(\.severity) == [.critical, .warning])
        report.mark(judgement)
        #expect(report.verdict == .skewed)
        #expect(report.features.map(\.severity) == [.critical, .warning, nil])
    }

    private static func monitor() throws -> DriftMonitor {
        var settings = DriftSettings()
        settings.threshold = .fixed
        return try DriftMonitor(
            model: "fraud", reference: Reference.of(.x([1, 2, 3])),
            plan: WindowPlan(length: .nanoseconds(hour), clock: .event), settings: settings,
            source: "/agents/checkout-7")
    }

    @Test func `an alert fires, escalates and resolves, and its events say everything`() throws {
        var monitor = try Self.monitor()
        var ids: Set<String> = []
        func events(_ mismatches: Int) -> [DriftEvent] {
            monitor.observe(.differing(mismatches, of: 100), policy: SkewPolicy()).events
        }
        #expect(events(0).isEmpty)
        let fired = try #require(events(2).first)
        #expect((fired.type, fired.subject, fired.time) == (.firing, "fraud/x", at(hour)))
        #expect((fired.data.kind, fired.data.feature, fired.data.measure) == ("skew", "x", "mismatch_share"))
        #expect((fired.data.value, fired.data.threshold, fired.data.severity) == (0.02, 0.01, .warning))
        #expect((fired.data.versions, fired.data.window.rows) == (["7"], 100))
        #expect(
            fired.data.contributors == [
                .init(feature: "x", measure: "mismatch_share", value: 0.02, score: 2, pValue: nil)
            ])
        #expect(events(3).isEmpty)
        let escalated = try #require(events(30).first)
        #expect((escalated.type, escalated.data.severity) == (.firing, .critical))
        #expect(monitor.alertStatuses.map(\.kind) == ["skew"])
        #expect(monitor.alertStatuses.map(\.features) == [["x"]])
        let resolved = try #require(events(0).first)
        #expect((resolved.type, resolved.data.feature, resolved.data.value) == (.resolved, "x", 0))
        for event in [fired, resolved] { ids.insert(event.id) }
        #expect(ids.count == 2)
        #expect(Set([fired, escalated, resolved].map(\.data.fingerprint)).count == 1)
    }

    @Test func `too few rows change nothing, and the report says so`() throws {
        var monitor = try Self.monitor()
        _ = monitor.observe(.differing(30, of: 100), policy: SkewPolicy())
        let few = monitor.observe(.differing(0, of: 49), policy: SkewPolicy())
        #expect((few.report.verdict, few.events) == (.insufficient, []))
        #expect(monitor.alertStatuses.map(\.state) == ["firing"])
    }
}
