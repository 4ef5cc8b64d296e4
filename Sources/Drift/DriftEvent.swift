/// An alert's change of state, as every sink delivers it: a CloudEvent 1.0 whose `data` says it all.
package struct DriftEvent: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case firing = "dev.leeway.drift.firing"
        case resolved = "dev.leeway.drift.resolved"
    }

    package enum Severity: String, Codable, CaseIterable, Sendable, Comparable {
        case warning, critical

        package static func < (a: Severity, b: Severity) -> Bool { a == .warning && b == .critical }
    }

    /// A feature that made the window alarm, the strongest first.
    package struct Contributor: Codable, Equatable, Sendable {
        package var feature: String
        package var measure: String
        package var value: Double
        package var score: Double?
        package var pValue: Double?

        package init(feature: String, measure: String, value: Double, score: Double?, pValue: Double?) {
            (self.feature, self.measure, self.value) = (feature, measure, value)
            (self.score, self.pValue) = (score, pValue)
        }

        package enum CodingKeys: String, CodingKey {
            case feature, measure, value, score
            case pValue = "p_value"
        }
    }

    package struct Payload: Codable, Equatable, Sendable {
        package var model: String
        /// What has drifted: `data`, `prediction`, `quality`, `concept` or `skew`.
        package var kind: String
        /// A stable hash of the alert's identity, the same from first firing to resolution.
        package var fingerprint: String
        /// The strongest contributor's feature, measure and numbers; of `concept` no feature, and the value is the
        /// measure's difference to the reference.
        package var feature: String
        package var measure: String
        package var value: Double
        package var threshold: Double?
        package var pValue: Double?
        package var qValue: Double?
        package var errorBound: Double?
        package var severity: Severity
        package var window: WindowSummary
        package var test: WindowTest?
        package var reference: String
        package var versions: [String]
        package var contributors: [Contributor]
        package var histogram: Histogram?
        /// When the alert first fired.
        package var since: Timestamp

        package init(
            model: String, kind: String, fingerprint: String, feature: String, measure: String,
            value: Double, threshold: Double?, pValue: Double?, qValue: Double?, errorBound: Double?,
            severity: Severity, window: WindowSummary, test: WindowTest?, reference: String,
            versions: [String], contributors: [Contributor], histogram: Histogram?, since: Timestamp
        ) {
            (self.model, self.kind, self.fingerprint) = (model, kind, fingerprint)
            (self.feature, self.measure, self.value, self.threshold) = (feature, measure, value, threshold)
            (self.pValue, self.qValue, self.errorBound) = (pValue, qValue, errorBound)
            (self.severity, self.window, self.test) = (severity, window, test)
            (self.reference, self.versions, self.contributors) = (reference, versions, contributors)
            (self.histogram, self.since) = (histogram, since)
        }

        package enum CodingKeys: String, CodingKey {
            case model, kind, fingerprint, feature, measure, value, threshold, severity, window, test
            case reference, versions, contributors, histogram, since
            case pValue = "p_value"
            case qValue = "q_value"
            case errorBound = "error_bound"
        }
    }

    package var specversion = "1.0"
    /// Derived from the alert and its window: a retry, or a window judged again after a crash, reuses it.
    package var id: String
    package var type: Kind
    package var source: String
    package var subject: String
    package var time: Timestamp
    package var datacontenttype = "application/json"
    package var data: Payload

    package init(
        id: String, type: Kind, source: String, subject: String, time: Timestamp, data: Payload
    ) {
        (self.id, self.type, self.source) = (id, type, source)
        (self.subject, self.time, self.data) = (subject, time, data)
    }
}
