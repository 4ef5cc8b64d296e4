import Drift
import Statistics
import Testing

/// Days of 200 rows; `x` is uniform on 0 … 9 but for `ones` rows that are 100.
private func rows(day index: Int64, moved: Int = 0, missing: Int = 0, count: Int = 200) -> RowBatch {
    .x(
        (0..<count).map { $0 < missing ? nil : $0 < missing + moved ? 100 : Double($0 % 10) },
        times: [at(index * day)])
}

/// Blocks of which block `i` has moved by `i` rows: each is a little farther from the others than the one before.
private func reference(blocks: Int, missing: Int = 0) throws -> Reference {
    var options = ReferenceBuilder.Options()
    options.blockLength = .nanoseconds(day)
    var builder = ReferenceBuilder(schema: nil, options: options)
    for index in 0..<blocks {
        builder.add(rows(day: Int64(index), moved: 10 + index, missing: index == 0 ? missing : 0))
    }
    return try builder.build()
}

private let daily = WindowPlan(length: .nanoseconds(day), clock: .event)

private func settings(
    _ budget: String, _ threshold: WindowTest.Threshold = .calibrated, extrapolates: Bool = false
) throws -> DriftSettings {
    var settings = DriftSettings()
    settings.budget = try #require(FalseAlarmBudget(budget))
    (settings.threshold, settings.extrapolates) = (threshold, extrapolates)
    return settings
}

extension WindowJudge {
    fileprivate func judge(_ batch: RowBatch, against reference: Reference) -> Judgement {
        judge(reference.samples(reference.count([batch])), reference.reports(batch))
    }
}

@Suite struct WindowJudgeTests {
    // MARK: What a reference can support

    @Test(arguments: [
        (5, "1 per week", 6, "1.17 per week", "0.143"), (9, "1 per month", 29, "3 per month", "0.033"),
        (20, "1 per quarter", 90, "4.34 per quarter", "0.011"),
        (6, "1 per 20 windows", 19, "1 per 7 windows", "0.05"),
    ])
    func `a budget that the reference cannot support is refused with the arithmetic`(
        blocks: Int, budget: String, needed: Int, attainable: String, level: String
    ) throws {
        let reference = try reference(blocks: blocks)
        let error = #expect(throws: CalibrationError.self) {
            try WindowJudge(reference: reference, plan: daily, settings: settings(budget))
        }
        #expect(
            error?.description == "budget \"\(budget)\" judges each window at \(level) and needs at least "
                + "⌈1/\(level)⌉ − 1 = \(needed) reference windows; this reference has \(blocks). "
                + "The nearest budget it supports is \"\(attainable)\"; tail = \"t\" extrapolates instead")
        #expect(throws: Never.self) {
            try WindowJudge(reference: reference, plan: daily, settings: settings(attainable))
        }
    }

    @Test func `six daily blocks support one alarm a week, and extrapolation asks for three`() throws {
        #expect(
            isClose(
                try WindowJudge(
                    reference: reference(blocks: 6), plan: daily, settings: settings("1 per week")
                ).level,
                1.0 / 7))
        #expect(throws: Never.self) {
            try WindowJudge(
                reference: reference(blocks: 3), plan: daily,
                settings: settings("1 per year", extrapolates: true))
        }
        #expect(throws: CalibrationError.self) {
            try WindowJudge(
                reference: reference(blocks: 2), plan: daily,
                settings: settings("1 per year", extrapolates: true))
        }
    }

    @Test func `without blocks nothing can be ranked`() throws {
        let plain = try Reference.of(.x([1, 2, 3]))
        let error = #expect(throws: CalibrationError.noBlocks) {
            try WindowJudge(reference: plain, plan: daily, settings: settings("1 per week"))
        }
        #expect(
            error?.description
                == "threshold \"calibrated\" ranks windows among blocks of the reference, and this one "
                + "has none; build it with a time column, or set threshold = \"iid\" if rows are independent")
        #expect(throws: Never.self) {
            try WindowJudge(reference: plain, plan: daily, settings: settings("1 per week", .iid))
        }
    }

    @Test(arguments: [
        (WindowPlan(length: .nanoseconds(6 * hour)), "6h at offset 0d", "--window 6h --offset 0d"),
        (
            WindowPlan(length: .nanoseconds(day), offsetNanoseconds: 5 * hour), "1d at offset 5h",
            "--window 1d --offset 5h"
        ),
        (WindowPlan(length: .rows(5000)), "5000 rows at offset 0d", "--window 5000 --offset 0d"),
    ])
    func `blocks are as long as a window, and begin with it`(
        plan: WindowPlan, window: String, options: String
    ) throws {
        let error = #expect(throws: CalibrationError.self) {
            try WindowJudge(
                reference: reference(blocks: 9), plan: plan, settings: settings("1 per 10 windows"))
        }
        #expect(
            error?.description
                == "the reference has blocks of 1d at offset 0d, the window is \(window); build the "
                + "reference with \(options)")
    }

    @Test func `a budget in time needs to know how fast rows come`() throws {
        let timeless = try Reference.of(.x((0..<100).map { Double($0) }), blocks: .rows(10))
        let plan = WindowPlan(length: .rows(10))
        let error = #expect(throws: CalibrationError.self) {
            try WindowJudge(reference: timeless, plan: plan, settings: settings("1 per week"))
        }
        #expect(
            error?.description
                == "how many windows of rows there are in the period of \"1 per week\" is not known, "
                + "since the reference has no times; say \"1 per 1000 windows\" instead")
        #expect(throws: Never.self) {
            try WindowJudge(reference: timeless, plan: plan, settings: settings("1 per 10 windows"))
        }
    }

    // MARK: Calibrated

    @Test func `a window unlike every block alarms, one among them does not`() throws {
        let reference = try reference(blocks: 9)
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings("1 per 10 windows"))
        let drifted = judge.judge(rows(day: 20, moved: 60), against: reference)
        #expect(drifted.isAlarm)
        #expect(drifted.test.threshold == .calibrated)
        #expect((drifted.test.pValue, drifted.test.level, drifted.test.blocks) == (0.1, 0.1, 9))
        let (score, critical) = try (#require(drifted.test.score), #require(drifted.test.criticalScore))
        #expect(score > critical)
        #expect(drifted.scores == [score])
        let finding = try #require(drifted.findings.first)
        #expect((finding.feature, finding.measure, finding.kind) == (0, "wasserstein", .data))
        #expect((finding.severity, finding.score) == (.critical, score))

        let quiet = judge.judge(rows(day: 20, moved: 14), against: reference)
        #expect(!quiet.isAlarm && quiet.wavering.isEmpty)
        #expect(try #require(quiet.test.pValue) > 0.1)
    }

    @Test func `a wider budget lets the second place alarm too`() throws {
        let reference = try reference(blocks: 9)
        func judgement(_ budget: String) throws -> WindowJudge.Judgement {
            try WindowJudge(reference: reference, plan: daily, settings: settings(budget))
                .judge(rows(day: 20, moved: 19), against: reference)
        }
        // 19 moved rows are as far from the others' mean of 14 as the first block's 10 are from theirs of 15.
        #expect(try judgement("1 per 5 windows").test.pValue == 0.2)
        #expect(try judgement("1 per 5 windows").isAlarm)
        #expect(try !judgement("1 per 6 windows").isAlarm)
    }

    @Test func `just below the threshold a kind wavers`() throws {
        let reference = try reference(blocks: 9)
        var settings = try settings("1 per 10 windows")
        settings.alerts.clearRatio = 0.01
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings)
        let judgement = judge.judge(rows(day: 20, moved: 18), against: reference)
        #expect(!judgement.isAlarm)
        #expect(judgement.wavering == [.data])
    }

    @Test func `values that begin to lack are an alarm of their own kind`() throws {
        let reference = try reference(blocks: 9, missing: 4)
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings("1 per 10 windows"))
        let judgement = judge.judge(rows(day: 20, moved: 14, missing: 40), against: reference)
        #expect(judgement.findings.map(\.kind) == [.quality])
        #expect(judgement.findings.map(\.measure) == ["missing_rate"])
        #expect(judgement.findings.map(\.severity) == [.critical])
        #expect(!judge.judge(rows(day: 20, moved: 14, missing: 3), against: reference).isAlarm)
        // More than any block, but less than a percentage point.
        #expect(!judge.judge(rows(day: 20, moved: 14, missing: 1), against: try Self.lackingNothing).isAlarm)
    }

    @Test func `lacking almost as much as the worst block did is no alarm, but no recovery either`() throws {
        let reference = try reference(blocks: 9, missing: 40)
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings("1 per 10 windows"))
        let judgement = judge.judge(rows(day: 20, moved: 14, missing: 38), against: reference)
        #expect(!judgement.isAlarm)
        #expect(judgement.wavering == [.quality])
        #expect(
            judge.judge(rows(day: 20, moved: 14, missing: 42), against: reference).findings.map(\.kind) == [
                .quality
            ])
    }

    private static var lackingNothing: Reference { get throws { try reference(blocks: 9) } }

    @Test func `an answer's drift is an alarm of predictions`() throws {
        func scored(_ index: Int64, _ score: Double) -> RowBatch {
            RowBatch(
                .numbers("x", (0..<100).map { Double(($0 + Int(index)) % 10) }),
                .numbers("score", (0..<100).map { score + Double($0 % 10) }, part: .predictions),
                times: [at(index * day)])
        }
        var options = ReferenceBuilder.Options()
        options.blockLength = .nanoseconds(day)
        var builder = ReferenceBuilder(schema: nil, options: options)
        for index in 0..<9 as Range<Int64> { builder.add(scored(index, Double(index) / 100)) }
        let reference = try builder.build()
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings("1 per 10 windows"))
        let judgement = judge.judge(scored(10, 5), against: reference)
        #expect(judgement.findings.map(\.kind) == [.prediction])
        #expect(judgement.findings.map(\.feature) == [1])
    }

    @Test func `Student's tail goes beyond what the blocks can show, and says so`() throws {
        let reference = try reference(blocks: 4)
        let judge = try WindowJudge(
            reference: reference, plan: daily, settings: settings("1 per month", extrapolates: true))
        let far = judge.judge(rows(day: 20, moved: 190), against: reference)
        #expect(far.test.extrapolated == true)
        #expect(far.findings.map(\.measure) == ["wasserstein"])
        #expect(try #require(far.test.pValue) < 1.0 / 30)
        #expect(far.findings[0].pValue == far.test.pValue)
        let near = judge.judge(rows(day: 20, moved: 12), against: reference)
        #expect(!near.isAlarm && near.test.extrapolated == true)
    }

    // MARK: Independent rows

    private static let flat = try! Reference.of(.x((0..<20_000).map { Double($0 % 1000) }))

    private static func iid(_ level: Double = 0.01) -> WindowJudge { WindowJudge(independentRowsAt: level) }

    @Test func `independent rows alarm when significant and large, both`() throws {
        let shift = { (count: Int, by: Double) in RowBatch.x((0..<count).map { Double($0 % 1000) + by }) }
        let both = Self.iid().judge(shift(2000, 300), against: Self.flat)
        #expect(Set(both.findings.map(\.measure)) == ["ks", "out_of_range_rate"])
        #expect(Set(both.findings.map(\.kind)) == [.data, .quality])
        #expect(both.test.threshold == .iid)
        // D = .05 over 20,000 rows is significant, and small.
        let small = shift(20_000, 50).values.map { min($0, 999) }
        let significant = Self.iid().judge(.x(small), against: Self.flat)
        #expect(try #require(significant.test.pValue) < 1e-6)
        #expect(!significant.isAlarm)
        // D = .2 over 10 rows is large, and nothing unusual.
        #expect(!Self.iid().judge(.x((0..<10).map { Double($0 * 80) }), against: Self.flat).isAlarm)
    }

    @Test func `a significant effect just below the limit wavers`() throws {
        let window = (0..<20_000).map { min(Double($0 % 1000) + 95, 999) }
        let judgement = Self.iid().judge(.x(window), against: Self.flat)
        #expect(!judgement.isAlarm)
        #expect(judgement.wavering == [.data])
    }

    @Test func `categories are judged by χ² and by how large the total variation is`() throws {
        let reference = try Reference.of(.c((0..<10_000).map { "\($0 % 4)" }))
        let slight = RowBatch.c((0..<10_000).map { $0 % 21 == 0 ? "0" : "\($0 % 4)" })
        let found = Self.iid().judge(slight, against: reference)
        #expect(try #require(found.test.pValue) < 0.01)
        #expect(!found.isAlarm)
        let strong = RowBatch.c((0..<10_000).map { $0 % 5 == 0 ? "0" : "\($0 % 4)" })
        let alarm = Self.iid().judge(strong, against: reference)
        #expect(alarm.findings.map(\.measure) == ["chi2"])
        #expect(alarm.findings.map(\.severity) == [.critical])
    }

    @Test func `several tests are corrected by Holm`() throws {
        let names = (0..<10).map { "f\($0)" }
        func batch(_ shift: Double) -> RowBatch {
            var batch = RowBatch()
            (batch.parts, batch.count) = (.features, 40)
            batch.columns = names.map { name in
                .numbers(name, (0..<40).map { min(Double($0) + (name == "f0" ? shift : 0), 39) })
            }
            return batch
        }
        let reference = try Reference.of(batch(0))
        let p = try #require(reference.reports(batch(14))[0].measures["ks"]?.pValue)
        // Thirty tests: one of each feature's distance, missing and out-of-range rate.
        #expect(30 * p > 0.05 && 30 * p < 0.5)
        #expect(!WindowJudge(independentRowsAt: 0.05).judge(batch(14), against: reference).isAlarm)
        let lenient = WindowJudge(independentRowsAt: 0.5).judge(batch(14), against: reference)
        #expect(lenient.findings.map(\.feature) == [0])
        #expect(isClose(lenient.test.pValue, 30 * p))
    }

    // MARK: Effect sizes alone

    @Test func `fixed thresholds alert per feature and measure, and on the share of features`() throws {
        let reference = try Reference.of(
            RowBatch(
                .numbers("x", (0..<1000).map { Double($0 % 100) }),
                .texts("c", (0..<1000).map { "\($0 % 2)" })))
        var settings = try settings("1 per week", .fixed)
        settings.fixedMeasures = ["ks", "psi", "missing_rate"]
        let judge = try WindowJudge(reference: reference, plan: daily, settings: settings)
        let window = RowBatch(
            .numbers("x", (0..<1000).map { Double($0 % 100) + 15 }),
            .texts("c", (0..<1000).map { "\($0 % 2)" }))
        let found = judge.judge(window, against: reference)
        #expect(
            found.findings.map(\.kind) == [
                .measure(feature: "x", family: .data, measure: "ks"),
                .measure(feature: "x", family: .data, measure: "psi"), .share,
            ])
        #expect(found.findings.map(\.severity) == [.warning, .critical, .critical])
        #expect((found.test.threshold, found.test.pValue) == (.fixed, nil))
        settings.share = 0.51
        let wider = try WindowJudge(reference: reference, plan: daily, settings: settings)
        #expect(wider.judge(window, against: reference).findings.map(\.kind).last != .share)
    }

    @Test func `a fixed measure between clear and warning wavers`() throws {
        var settings = try settings("1 per week", .fixed)
        settings.fixedMeasures = ["ks"]
        let judge = try WindowJudge(reference: Self.flat, plan: daily, settings: settings)
        let window = RowBatch.x((0..<20_000).map { min(Double($0 % 1000) + 95, 999) })
        let found = judge.judge(window, against: Self.flat)
        #expect(!found.isAlarm)
        #expect(found.wavering == [.measure(feature: "x", family: .data, measure: "ks")])
    }
}

extension RowBatch {
    fileprivate var values: [Double] {
        if case .real(let values) = columns[0].values { values } else { [] }
    }
}
