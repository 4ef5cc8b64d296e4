import Drift
import Testing

/// A window of the hour `index`, whose features have such PSIs.
private func report(
    _ index: Int64, _ values: [String: Double], drifted: Set<String> = [],
    verdict: DriftReport.Verdict = .ok, reference: String = "r"
) -> DriftReport {
    DriftReport(
        model: "m", reference: reference, versions: [],
        window: WindowSummary(start: at(index * hour), end: at((index + 1) * hour), rows: 100),
        verdict: verdict, test: nil,
        features: values.sorted { $0.key < $1.key }.map { name, value in
            FeatureReport(
                name: name, kind: .numeric, family: .data, rows: 100, missing: 0,
                measures: ["psi": MeasureReport(value: value), "missing_rate": MeasureReport(value: 0)],
                primary: "psi", drifted: drifted.contains(name))
        })
}

private func timeline(_ reports: DriftReport...) -> DriftTimeline {
    var timeline = DriftTimeline(effects: .standard)
    for report in reports { timeline.append(report) }
    return timeline
}

extension [DriftTimeline.Row] {
    fileprivate var levels: [String] {
        map { String(decoding: $0.levels.map(\.symbol), as: UTF8.self) }
    }
}

@Suite struct DriftTimelineTests {
    @Test func `a cell's level is by effect size, or that it is to blame`() {
        let rows = timeline(
            report(0, ["a": 0.05, "b": 0.3]), report(1, ["a": 0.15, "b": 0.2], drifted: ["b"]),
            report(2, ["a": 9], verdict: .insufficient)
        ).rows(.primary, newest: 10)
        #expect(rows.map(\.feature.name) == ["a", "b"])
        #expect(rows.levels == ["nwi", "ca-"])
        #expect(rows[0].values == [0.05, 0.15, 9])
        #expect(rows[1].values[..<2] == [0.3, 0.2] && rows[1].values[2].isNaN)
        #expect((rows[0].measure, rows[0].limits?.warning) == ("psi", 0.1))
    }

    @Test func `missing values show where the deciding measure shows nothing`() {
        var lacking = report(0, ["a": 0])
        lacking.features[0].measures["missing_rate"] = MeasureReport(value: 0.3)
        let timeline = timeline(lacking)
        #expect(timeline.rows(.primary, newest: 1).levels == ["c"])
        #expect(timeline.rows(.named("psi"), newest: 1).levels == ["n"])
        #expect(timeline.rows(.named("missing_rate"), newest: 1).levels == ["c"])
        #expect(timeline.rows(.named("ks"), newest: 1).levels == ["-"])
    }

    @Test func `a score counts by the window's own critical score`() {
        var (quiet, loud) = (report(0, ["a": 0]), report(1, ["a": 0]))
        for (score, index) in [(4.0, 0), (5.5, 1)] {
            var test = WindowTest(threshold: .calibrated, level: 0.01)
            test.criticalScore = 5
            if index == 0 { (quiet.test, quiet.features[0].score) = (test, score) }
            if index == 1 { (loud.test, loud.features[0].score) = (test, score) }
        }
        #expect(timeline(quiet, loud).rows(.score, newest: 2).levels == ["nw"])
    }

    @Test func `features of the newest window come first, then those that are no more`() {
        let rows = timeline(report(0, ["old": 0, "x": 0]), report(1, ["new": 0, "x": 0], reference: "s"))
            .rows(.primary, newest: 10)
        #expect(rows.map(\.feature.name) == ["new", "x", "old"])
        #expect(rows.levels == ["-n", "nn", "n-"])
    }

    @Test func `only so many windows are held, and the newest asked for`() {
        var timeline = DriftTimeline(effects: .standard)
        for index in 0..<250 { timeline.append(report(Int64(index), ["a": Double(index)])) }
        #expect(timeline.windows.count == DriftTimeline.capacity)
        #expect(timeline.rows(.primary, newest: 3)[0].values == [247, 248, 249])
    }

    @Test func `a window that is judged again replaces what it was`() {
        let rows = timeline(report(0, ["a": 1]), report(1, ["a": 2]), report(1, ["a": 3])).rows(
            .primary, newest: 10)
        #expect(rows[0].values == [1, 3])
    }

    @Test func `what was recalled goes before what has closed since`() {
        let past = timeline(report(0, ["a": 1]), report(1, ["a": 2]))
        let since = timeline(report(1, ["a": 3]), report(2, ["a": 4]))
        #expect(past.followed(by: since).rows(.primary, newest: 10)[0].values == [1, 3, 4])
        #expect(past.followed(by: timeline()).windows.count == 2)
    }

    @Test(arguments: [("primary", true), ("score", true), ("psi", true), ("chi2", false), ("", false)])
    func `only measures with an effect size can be asked for`(name: String, isOne: Bool) {
        #expect((DriftTimeline.Measure(name) != nil) == isOne)
    }

    @Test func `the worst are those to blame, then those furthest over their threshold`() {
        var report = report(0, ["a": 0.09, "b": 0.5, "c": 0.15, "d": 0.01], drifted: ["a"])
        for index in report.features.indices {
            report.features[index].measures["psi"]?.threshold = 0.1
        }
        let worst = report.worst(3, .standard)
        #expect(worst.map(\.feature) == ["a", "b", "c"])
        #expect(worst.map(\.level) == [.alarmed, .critical, .warning])
        #expect((worst[0].value, worst[0].threshold) == (0.09, 0.1))
    }
}
