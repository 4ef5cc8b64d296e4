package import Drift
import FoundationEssentials

/// What one alert says to a request: its numbers when it fired or resolved.
package struct RetrainEvidence: Codable, Equatable, Sendable {
    /// The drift event's id and source: the same event from the same agent is the same evidence.
    package var event: String
    package var source: String
    package var time: Timestamp
    package var isFiring: Bool
    /// `data`, `prediction`, `quality`, `concept` or `skew`.
    package var kind: String
    /// Of the alert, from first firing to resolution.
    package var fingerprint: String
    package var severity: DriftEvent.Severity
    package var feature: String
    package var measure: String
    package var value: Double
    package var threshold: Double?
    package var pValue: Double?
    package var qValue: Double?
    package var window: RetrainRequest.Window
    package var rows: UInt64
    package var contributors: [DriftEvent.Contributor]

    package init(_ event: DriftEvent) {
        let data = event.data
        (self.event, source, time, isFiring) = (event.id, event.source, event.time, event.type == .firing)
        (kind, fingerprint, severity) = (data.kind, data.fingerprint, data.severity)
        (feature, measure, value) = (data.feature, data.measure, data.value)
        (threshold, pValue, qValue) = (data.threshold, data.pValue, data.qValue)
        window = RetrainRequest.Window(start: data.window.start, end: data.window.end)
        (rows, contributors) = (data.window.rows, data.contributors)
    }

    private enum CodingKeys: String, CodingKey {
        case event, source, time, kind, fingerprint, severity, feature, measure, value, threshold, window,
            rows
        case contributors
        case isFiring = "firing"
        case pValue = "p_value"
        case qValue = "q_value"
    }
}

// MARK: - Uniting

extension RetrainEvidence {
    /// A request keeps so much evidence, the newest.
    package static let capacity = 256

    /// All that either side has, each piece once, oldest first. Neither the order in which evidence arrives nor how
    /// often matters: uniting is commutative, associative and idempotent.
    package static func united(_ a: [RetrainEvidence], _ b: [RetrainEvidence]) -> [RetrainEvidence] {
        let pieces = Dictionary((a + b).map { ($0.key, $0) }) { $0.precedes($1) ? $1 : $0 }
        return Array(pieces.values.sorted { $0.precedes($1) }.suffix(capacity))
    }

    private struct Key: Hashable {
        var source: String
        var event: String
    }

    private var key: Key { Key(source: source, event: event) }

    /// A total order: by time, then by name; pieces that claim one name are told apart by all they say.
    private func precedes(_ other: RetrainEvidence) -> Bool {
        if time != other.time { return time < other.time }
        if key != other.key { return (source, event) < (other.source, other.event) }
        return canonical.lexicographicallyPrecedes(other.canonical)
    }

    private var canonical: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(self)).map(Array.init) ?? []
    }

    /// Alerts about values that are missing, unseen or out of range, as each agent saw them last, that still fire.
    package static func firingQuality(in evidence: [RetrainEvidence]) -> [RetrainEvidence] {
        let alerts = Dictionary(grouping: evidence.filter { $0.kind == "quality" }) {
            Key(source: $0.source, event: $0.fingerprint)
        }
        return alerts.values.compactMap { pieces in pieces.max { $0.precedes($1) } }
            .filter(\.isFiring).sorted { $0.precedes($1) }
    }
}
