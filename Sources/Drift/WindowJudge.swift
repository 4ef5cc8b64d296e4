import Statistics

/// Decides whether a window, as a whole, has drifted, and what made it so.
package struct WindowJudge: Sendable {
    let settings: DriftSettings
    /// The level α each window is judged at.
    package let level: Double
    private let calibrated: CalibratedTest?

    /// - Throws: `CalibrationError` when the reference cannot support the settings' budget.
    package init(reference: Reference, plan: WindowPlan, settings: DriftSettings) throws(CalibrationError) {
        self.settings = settings
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

    /// Judges tables of independent rows at a level of one's own.
    package init(independentRowsAt level: Double, effects: EffectSizes = .standard) {
        var settings = DriftSettings()
        (settings.threshold, settings.effects) = (.iid, effects)
        (self.settings, self.level, calibrated) = (settings, level, nil)
    }

    private static func calibrate(
        _ reference: Reference, _ plan: WindowPlan, _ settings: DriftSettings, _ level: Double
    ) throws(CalibrationError) -> CalibratedTest {
        guard let blocks = reference.blocks else { throw .noBlocks }
        guard blocks.length == plan.length, blocks.offsetNanoseconds == plan.offsetNanoseconds else {
            throw .blockLength(
                reference: blocks.length, referenceOffset: blocks.offsetNanoseconds, window: plan.length,
                windowOffset: plan.offsetNanoseconds)
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

        package init(
            feature: Int, measure: String, kind: AlertKind, severity: DriftEvent.Severity,
            score: Double? = nil, pValue: Double? = nil
        ) {
            (self.feature, self.measure, self.kind) = (feature, measure, kind)
            (self.severity, self.score, self.pValue) = (severity, score, pValue)
        }
    }

    package struct Judgement: Equatable, Sendable {
        package var test: WindowTest
        package var findings: [Finding] = []
        /// Kinds that are not alarming, and not far enough below the threshold to resolve either.
        package var wavering: Set<AlertKind> = []
        /// Standardised scores per feature (calibrated only).
        package var scores: [Double?] = []

        package init(test: WindowTest) { self.test = test }

        package var isAlarm: Bool { !findings.isEmpty }

        /// Something has drifted; missing values alone are no drift.
        package var isDrift: Bool { findings.contains { !$0.kind.isQuality } }

        package var verdict: DriftReport.Verdict { isDrift ? .drifted : findings.isEmpty ? .ok : .incomplete }

        mutating func add(_ finding: Finding, isAlarming: Bool) {
            if isAlarming { findings.append(finding) } else { wavering.insert(finding.kind) }
        }
    }

    package func judge(_ window: [FeatureSample], _ reports: [FeatureReport]) -> Judgement {
        if let calibrated, settings.extrapolates { return extrapolate(calibrated, window, reports) }
        if let calibrated { return rank(calibrated, window, reports) }
        return settings.threshold == .iid ? testIndependence(reports) : compareEffects(reports)
    }
}

// MARK: - Words

extension FeatureReport {
    static let qualityMeasures = ["missing_rate", "unseen_rate", "out_of_range_rate"]

    /// Of the feature's test, whichever measure decides about it.
    var testQValue: Double? { measures.values.lazy.compactMap(\.qValue).first }

    var distanceMeasure: String { kind == .numeric ? "wasserstein" : "tv" }

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
            guard let blocks = blocks?.blocks, let first = blocks.first, let last = blocks.last else {
                return nil
            }
            let span = Double(last.end.nanoseconds) - Double(first.start.nanoseconds)
            let counted = blocks.reduce(0.0) { $0 + Double(max($1.profile.rows, $1.profile.predictions)) }
            return span > 0 && counted > 0 ? span * Double(rows) / counted : nil
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
