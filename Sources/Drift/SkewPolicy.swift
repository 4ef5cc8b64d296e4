/// When features that are computed otherwise than in training are an alert. How many windows that takes is
/// `AlertPolicy`'s.
package struct SkewPolicy: Equatable, Sendable {
    /// From which share of mismatches on a feature alarms. One row that differs is needed, even of a limit of 0.
    package var limits: EffectSizes.Limits
    /// Joined rows below which a window changes nothing.
    package var minimumRows: UInt64

    package static let standardLimits = EffectSizes.Limits(warning: 0.01, critical: 0.05)
    package static let measure = "mismatch_share"

    package init(limits: EffectSizes.Limits = standardLimits, minimumRows: UInt64 = 50) {
        precondition(
            limits.warning >= 0 && limits.critical >= limits.warning, "\(limits) are no limits")
        (self.limits, self.minimumRows) = (limits, minimumRows)
    }

    /// A feature that differs in too many rows.
    package struct Finding: Equatable, Sendable {
        package var feature: String
        package var severity: DriftEvent.Severity
        package var share: Double
    }

    package struct Judgement: Equatable, Sendable {
        /// `nil` where the window says nothing either way.
        package var signal: AlertSignal?
        /// The worst first.
        package var findings: [Finding]
    }

    /// - Parameter clearRatio: a feature wavers from this share of the limit on.
    package func judge(_ report: SkewReport, clearRatio: Double = 1) -> Judgement {
        guard report.joinedRows >= max(minimumRows, 1) else { return Judgement(signal: nil, findings: []) }
        let findings = report.features.filter { exceeds($0, limits.warning) }.map {
            Finding(
                feature: $0.name, severity: exceeds($0, limits.critical) ? .critical : .warning,
                share: $0.mismatchShare)
        }
        if let severity = findings.map(\.severity).max() {
            return Judgement(signal: .alarming(severity), findings: findings)
        }
        let isWavering = report.features.contains { exceeds($0, limits.warning * clearRatio) }
        return Judgement(signal: isWavering ? .wavering : .clear, findings: [])
    }

    private func exceeds(_ feature: FeatureSkew, _ limit: Double) -> Bool {
        feature.mismatches > 0 && feature.mismatchShare >= limit
    }
}

extension SkewReport {
    /// Writes a judgement into the report.
    package mutating func mark(_ judgement: SkewPolicy.Judgement) {
        verdict = judgement.signal == nil ? .insufficient : judgement.findings.isEmpty ? .ok : .skewed
        for index in features.indices {
            features[index].severity =
                judgement.findings.first { $0.feature == features[index].name }?.severity
        }
    }
}
