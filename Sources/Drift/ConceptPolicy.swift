package import Statistics

/// When worse performance is an alert: where the interval of the difference to the reference lies on the bad side of
/// zero as a whole, and the difference is one that matters. How many windows that takes is `AlertPolicy`'s.
package struct ConceptPolicy: Equatable, Sendable {
    /// By how much a measure must be worse.
    package struct Limits: Equatable, Sendable {
        package var warning: Double
        package var critical: Double
        /// In shares of the reference's figure, not in the measure's own unit.
        package var isRelative: Bool

        package init(warning: Double, critical: Double, isRelative: Bool = false) {
            precondition(warning >= 0 && critical >= warning, "\(warning) and \(critical) are no limits")
            (self.warning, self.critical, self.isRelative) = (warning, critical, isRelative)
        }
    }

    /// Of the measures that may alarm; the others describe.
    package var limits: [PerformanceMetric: Limits]
    /// Labelled rows below which a window changes nothing.
    package var minimumRows: UInt64

    package init(limits: [PerformanceMetric: Limits] = standardLimits, minimumRows: UInt64 = 200) {
        (self.limits, self.minimumRows) = (limits, minimumRows)
    }

    /// A ranking, a proper score and a calibration error, since each is blind to what another sees; for regressions the
    /// error. Few measures alarm, or the false alarms of each add up: accuracy, which a change of the base rate moves
    /// too, only where there are no scores.
    package static let standardLimits: [PerformanceMetric: Limits] = {
        let relative = Limits(warning: 0.1, critical: 0.25, isRelative: true)
        return [
            .auc: Limits(warning: 0.03, critical: 0.1), .logLoss: relative,
            .calibrationError: Limits(warning: 0.03, critical: 0.1),
            .accuracy: Limits(warning: 0.03, critical: 0.1),
            .macroF1: Limits(warning: 0.03, critical: 0.1), .rmse: relative, .mae: relative,
        ]
    }()

    /// A measure that is worse than the reference's.
    package struct Finding: Equatable, Sendable {
        package var metric: PerformanceMetric
        package var severity: DriftEvent.Severity
        /// How much worse, in multiples of the warning limit; what the findings are sorted by.
        package var excess: Double
    }

    package struct Judgement: Equatable, Sendable {
        /// `nil` where the window says nothing either way.
        package var signal: AlertSignal?
        /// The worst first.
        package var findings: [Finding]
    }

    /// - Parameter clearRatio: a measure wavers above this share of its limit.
    package func judge(_ report: PerformanceReport, clearRatio: Double = 1) -> Judgement {
        let deciding = decidingMetrics(report)
        let worse = deciding.compactMap { finding($0, report) }
        let findings = worse.filter { $0.excess >= 1 }.sorted {
            ($1.excess, $0.metric.rawValue) < ($0.excess, $1.metric.rawValue)
        }
        guard report.maturity.labelledRows >= minimumRows,
            deciding.contains(where: { report.measures[$0]?.difference?.lower != nil })
        else { return Judgement(signal: nil, findings: []) }
        if let severity = findings.map(\.severity).max() {
            return Judgement(signal: .alarming(severity), findings: findings)
        }
        let isWavering = worse.contains { $0.excess >= clearRatio }
        return Judgement(signal: isWavering ? .wavering : .clear, findings: [])
    }

    private func decidingMetrics(_ report: PerformanceReport) -> [PerformanceMetric] {
        let hasScores = [.auc, .logLoss].contains { report.measures[$0]?.realised != nil }
        return limits.keys.filter { $0 != .accuracy || !hasScores }
    }

    /// The measure, if its difference lies on the bad side of zero as a whole.
    private func finding(_ metric: PerformanceMetric, _ report: PerformanceReport) -> Finding? {
        guard let limits = limits[metric], let measure = report.measures[metric],
            let reference = measure.reference, let difference = measure.difference,
            let lower = difference.lower, let upper = difference.upper,
            metric.higherIsBetter ? upper < 0 : lower > 0
        else { return nil }
        let unit = limits.isRelative ? abs(reference.value) : 1
        let worsening = abs(difference.value)
        return Finding(
            metric: metric, severity: worsening >= limits.critical * unit ? .critical : .warning,
            excess: limits.warning * unit > 0
                ? worsening / (limits.warning * unit) : .greatestFiniteMagnitude)
    }

    /// In the measure's own unit.
    func warningLimit(_ metric: PerformanceMetric, _ measure: PerformanceReport.Measure) -> Double? {
        guard let limits = limits[metric] else { return nil }
        return limits.isRelative
            ? measure.reference.map { limits.warning * abs($0.value) } : limits.warning
    }
}

extension PerformanceReport {
    /// Writes a judgement into the report.
    mutating func mark(_ judgement: ConceptPolicy.Judgement) {
        verdict = judgement.signal == nil ? .insufficient : judgement.findings.isEmpty ? .ok : .degraded
        for metric in measures.keys {
            measures[metric]?.severity = judgement.findings.first { $0.metric == metric }?.severity
        }
    }
}
