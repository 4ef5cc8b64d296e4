import Statistics

/// Decides whether a window, as a whole, has drifted, and what made it so.
package struct WindowJudge: Sendable {
    private let settings: DriftSettings
    /// The level α each window is judged at.
    package let level: Double
    private let calibrated: CalibratedTest?
    private let features: [ReferenceFeature]

    /// - Throws: `CalibrationError` when the reference cannot support the settings' budget.
    package init(reference: Reference, plan: WindowPlan, settings: DriftSettings) throws(CalibrationError) {
        self.settings = settings
        features = reference.features
        guard settings.threshold != .fixed else {
            (level, calibrated) = (1, nil)
            return
        }
        guard let level = settings.budget.level(interval: reference.interval(between: plan)) else {
            throw .unknownRate(settings.budget)
        }
        self.level = level
        calibrated =
            settings.threshold == .calibrated
            ? try WindowJudge.calibrate(reference, plan, settings, level) : nil
    }

    private static func calibrate(
        _ reference: Reference, _ plan: WindowPlan, _ settings: DriftSettings, _ level: Double
    ) throws(CalibrationError) -> CalibratedTest {
        guard let blocks = reference.blocks else { throw .noBlocks }
        guard blocks.length == plan.length else {
            throw .blockLength(reference: blocks.length, window: plan.length)
        }
        let needed = FalseAlarmBudget.blocksNeeded(level: level)
        guard blocks.blocks.count >= needed || (settings.extrapolates && blocks.blocks.count > 2) else {
            throw .tooFewBlocks(
                budget: settings.budget, level: level, needed: needed, blocks: blocks.blocks.count,
                attainable: settings.budget.attainable(level: level, blocks: blocks.blocks.count))
        }
        return CalibratedTest(reference)
    }

    /// What speaks against a window, the strongest first.
    package struct Finding: Equatable, Sendable {
        package var feature: Int
        package var measure: String
        package var kind: AlertKind
        package var severity: DriftEvent.Severity
        package var score: Double?
        package var pValue: Double?
    }

    package struct Judgement: Equatable, Sendable {
        package var test: WindowTest
        package var findings: [Finding]
        /// Kinds that are not alarming, and not far enough below the threshold to resolve either.
        package var wavering: Set<AlertKind>
        /// Standardised scores per feature (calibrated only).
        package var scores: [Double?]

        package var isAlarm: Bool { !findings.isEmpty }
    }

    package func judge(_ window: [FeatureSample], _ reports: [FeatureReport]) -> Judgement {
        if let calibrated, settings.extrapolates { return extrapolate(calibrated, window, reports) }
        if let calibrated { return rank(calibrated, window, reports) }
        return settings.threshold == .iid ? testIndependence(reports) : compareEffects(reports)
    }
}

// MARK: - Calibrated

extension WindowJudge {
    private func rank(
        _ test: CalibratedTest, _ window: [FeatureSample], _ reports: [FeatureReport]
    ) -> Judgement {
        guard let rank = test.rank(window), let critical = rank.criticalScore(level: level) else {
            return quiet(WindowTest(threshold: .calibrated, level: level, blocks: test.blockCount))
        }
        let outcome = WindowTest(
            threshold: .calibrated, level: level, pValue: rank.pValue, score: rank.score,
            criticalScore: critical.isFinite ? critical : nil, blocks: test.blockCount)
        var (findings, wavering): ([Finding], Set<AlertKind>) = ([], [])
        let clear = min(critical, settings.alerts.clearRatio * critical)
        for (column, score) in zip(test.columns, rank.featureScores) {
            guard let score, score > clear else { continue }
            var finding = finding(column, reports)
            finding.score = score
            if score > critical { findings.append(finding) } else { wavering.insert(finding.kind) }
        }
        return Judgement(
            test: outcome, findings: findings.sorted { ($0.score ?? 0) > ($1.score ?? 0) },
            wavering: wavering,
            scores: Array(rank.featureScores.prefix(features.count)))
    }

    private func extrapolate(
        _ test: CalibratedTest, _ window: [FeatureSample], _ reports: [FeatureReport]
    ) -> Judgement {
        let pValues = test.extrapolatedPValues(test.distances(window))
        let columns = zip(test.columns, pValues).compactMap { column, p in p.map { (column, $0) } }
        let adjusted = MultipleTesting.holm(columns.map(\.1))
        var (findings, wavering): ([Finding], Set<AlertKind>) = ([], [])
        for ((column, _), p) in zip(columns, adjusted) where p <= level / settings.alerts.clearRatio {
            var finding = finding(column, reports)
            finding.pValue = p
            if p <= level { findings.append(finding) } else { wavering.insert(finding.kind) }
        }
        var outcome = WindowTest(
            threshold: .calibrated, level: level, pValue: adjusted.min(), blocks: test.blockCount)
        outcome.extrapolated = true
        return Judgement(
            test: outcome, findings: findings.sorted { ($0.pValue ?? 1) < ($1.pValue ?? 1) },
            wavering: wavering, scores: [])
    }

    private func finding(_ column: CalibratedTest.Column, _ reports: [FeatureReport]) -> Finding {
        let report = reports[column.feature]
        let measure = column.isQuality ? report.worstQuality : report.distanceMeasure
        let value = report.measures[measure]?.value ?? 0
        return Finding(
            feature: column.feature, measure: measure, kind: report.alertKind(of: measure),
            severity: settings.effects.severity(measure, value))
    }

    private func quiet(_ test: WindowTest) -> Judgement {
        Judgement(test: test, findings: [], wavering: [], scores: [])
    }
}

// MARK: - Independent rows

extension WindowJudge {
    /// Each feature's primary measure and its rates, by Holm at the window's level, and large enough.
    private func testIndependence(_ reports: [FeatureReport]) -> Judgement {
        let candidates = reports.indices.flatMap { index in
            ([reports[index].primary] + FeatureReport.qualityMeasures).compactMap { measure in
                reports[index].measures[measure].flatMap { report in
                    report.pValue.map { (feature: index, measure: measure, value: report.value, p: $0) }
                }
            }
        }
        let adjusted = MultipleTesting.holm(candidates.map(\.p))
        var (findings, wavering): ([Finding], Set<AlertKind>) = ([], [])
        for (candidate, p) in zip(candidates, adjusted) where p <= level {
            let report = reports[candidate.feature]
            let (effect, value) = report.effect(of: candidate.measure, value: candidate.value)
            let finding = Finding(
                feature: candidate.feature, measure: candidate.measure,
                kind: report.alertKind(of: candidate.measure),
                severity: settings.effects.severity(effect, value), pValue: candidate.p)
            if settings.effects.isLarge(effect, value) {
                findings.append(finding)
            } else if settings.effects.isLarge(effect, value, ratio: settings.alerts.clearRatio) {
                wavering.insert(finding.kind)
            }
        }
        return Judgement(
            test: WindowTest(threshold: .iid, level: level, pValue: adjusted.min()),
            findings: findings.sorted { ($0.pValue ?? 1) < ($1.pValue ?? 1) }, wavering: wavering, scores: [])
    }
}

// MARK: - Effect sizes alone

extension WindowJudge {
    private func compareEffects(_ reports: [FeatureReport]) -> Judgement {
        var (findings, wavering): ([Finding], Set<AlertKind>) = ([], [])
        for (index, report) in reports.enumerated() {
            for measure in settings.fixedMeasures {
                guard let value = report.measures[measure]?.value else { continue }
                let kind = AlertKind.measure(feature: report.name, family: report.family, measure: measure)
                if settings.effects.isLarge(measure, value) {
                    findings.append(
                        Finding(
                            feature: index, measure: measure, kind: kind,
                            severity: settings.effects.severity(measure, value)))
                } else if settings.effects.isLarge(measure, value, ratio: settings.alerts.clearRatio) {
                    wavering.insert(kind)
                }
            }
        }
        if let share = shareFinding(findings, reports) { findings.append(share) }
        return Judgement(
            test: WindowTest(threshold: .fixed, level: level), findings: findings, wavering: wavering,
            scores: [])
    }

    private func shareFinding(_ findings: [Finding], _ reports: [FeatureReport]) -> Finding? {
        let drifted = Set(findings.map(\.feature))
        guard let strongest = findings.first, !reports.isEmpty,
            Double(drifted.count) >= settings.share * Double(reports.count)
        else { return nil }
        return Finding(
            feature: strongest.feature, measure: strongest.measure, kind: .share,
            severity: findings.map(\.severity).max() ?? .warning)
    }
}

// MARK: - Words

extension FeatureReport {
    static let qualityMeasures = ["missing_rate", "unseen_rate", "out_of_range_rate"]

    var distanceMeasure: String { kind == .numeric ? "wasserstein" : "tv" }

    var worstQuality: String {
        FeatureReport.qualityMeasures.max {
            measures[$0]?.value ?? -1 < measures[$1]?.value ?? -1
        } ?? "missing_rate"
    }

    /// A test's effect size: for χ², which grows with the rows, that is the total variation.
    func effect(of measure: String, value: Double) -> (measure: String, value: Double) {
        measure == "chi2" ? ("tv", measures["tv"]?.value ?? 0) : (measure, value)
    }

    func alertKind(of measure: String) -> AlertKind {
        FeatureReport.qualityMeasures.contains(measure) ? .quality : family == .data ? .data : .prediction
    }
}

extension Reference {
    /// The time from one window to the next, by the rate at which the reference's rows came where windows are
    /// counted in rows; `nil` when that is not known.
    package func interval(between plan: WindowPlan) -> Double? {
        switch plan.step {
        case .nanoseconds(let step): return Double(step)
        case .rows(let rows):
            guard let first = blocks?.blocks.first, let last = blocks?.blocks.last, profile.rows > 0 else {
                return nil
            }
            let span = Double(last.end.nanoseconds - first.start.nanoseconds)
            return span > 0 ? span * Double(rows) / Double(profile.rows) : nil
        }
    }
}

extension FalseAlarmBudget {
    /// The smallest budget of the same form that so many blocks support, in words.
    func attainable(level: Double, blocks: Int) -> String {
        let factor = 1 / (level * Double(blocks + 1))
        return switch self {
        case .perPeriod(let count, let period):
            FalseAlarmBudget.perPeriod(count: roundedUp(count * factor), period: period).description
        case .perWindows(_, _): FalseAlarmBudget.perWindows(count: 1, windows: blocks + 1).description
        }
    }
}

private func roundedUp(_ value: Double) -> Double { (value * 100).rounded(.up) / 100 }
