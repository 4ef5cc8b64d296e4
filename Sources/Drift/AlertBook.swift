import Crypto
package import Foundation

/// What an alert is about. Alerts of one model and one kind are one alert, whatever feature is to blame.
package enum AlertKind: Hashable, Sendable {
    case data
    case prediction
    case quality
    /// One feature's measure (`fixed` thresholds only).
    case measure(feature: String, family: FeatureReport.Family, measure: String)
    /// The share of drifted features (`fixed` thresholds only).
    case share

    package var name: String {
        switch self {
        case .data, .share: "data"
        case .prediction: "prediction"
        case .quality: "quality"
        case .measure(_, let family, let measure):
            FeatureReport.qualityMeasures.contains(measure) ? "quality" : family.rawValue
        }
    }

    /// What tells the alert from the model's others.
    var identity: String {
        switch self {
        case .data: "data"
        case .prediction: "prediction"
        case .quality: "quality"
        case .measure(let feature, let family, let measure): "\(family.rawValue)/\(feature)/\(measure)"
        case .share: "share"
        }
    }
}

/// All alerts of one model.
package struct AlertBook: Equatable, Sendable {
    private let model: String
    private let policy: AlertPolicy
    private var entries: [String: Entry] = [:]

    private struct Entry: Codable, Equatable {
        var kind: String
        var alert = Alert()
        var features: [String] = []
    }

    package init(model: String, policy: AlertPolicy) { (self.model, self.policy) = (model, policy) }

    package struct Change: Equatable, Sendable {
        package var kind: AlertKind
        package var fingerprint: String
        /// Those to blame now, or, when the alert resolves, those that were last.
        package var features: [String]
        package var transition: Alert.Transition
    }

    /// Takes in a judgement: what is named alarms, what wavers neither fires nor resolves, all else is clear.
    package mutating func observe(
        _ judgement: WindowJudge.Judgement, features: [String], at time: Timestamp
    ) -> [Change] {
        var kinds: [AlertKind] = []
        for finding in judgement.findings where !kinds.contains(finding.kind) { kinds.append(finding.kind) }
        var changes = kinds.compactMap { kind -> Change? in
            let own = judgement.findings.filter { $0.kind == kind }
            let severity = own.map(\.severity).max() ?? .warning
            var names: [String] = []
            for finding in own where !names.contains(features[finding.feature]) {
                names.append(features[finding.feature])
            }
            return observe(kind, .alarming(severity), names, time)
        }
        let alarming = Set(kinds.map(\.identity))
        let wavering = Set(judgement.wavering.map(\.identity))
        for identity in entries.keys.sorted() where !alarming.contains(identity) {
            let signal: AlertSignal = wavering.contains(identity) ? .wavering : .clear
            if let change = settle(identity, signal, time) { changes.append(change) }
        }
        return changes
    }

    private mutating func observe(
        _ kind: AlertKind, _ signal: AlertSignal, _ features: [String], _ time: Timestamp
    ) -> Change? {
        var entry = entries[kind.identity] ?? Entry(kind: kind.name)
        let transition = entry.alert.observe(signal, at: time, policy: policy)
        entry.features = features
        entries[kind.identity] = entry
        return transition.map {
            Change(
                kind: kind, fingerprint: fingerprint(kind.identity), features: features, transition: $0)
        }
    }

    private mutating func settle(_ identity: String, _ signal: AlertSignal, _ time: Timestamp) -> Change? {
        guard let transition = entries[identity]?.alert.observe(signal, at: time, policy: policy) else {
            return nil
        }
        return Change(
            kind: AlertBook.kind(identity), fingerprint: fingerprint(identity),
            features: entries[identity]?.features ?? [], transition: transition)
    }

    private static func kind(_ identity: String) -> AlertKind {
        switch identity {
        case "data": return .data
        case "prediction": return .prediction
        case "quality": return .quality
        case "share": return .share
        default:
            let parts = identity.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            return .measure(
                feature: parts.dropFirst().dropLast().joined(separator: "/"),
                family: FeatureReport.Family(rawValue: parts[0]) ?? .data, measure: parts[parts.count - 1])
        }
    }

    /// A stable hash of the identity: the same alert has it from first firing to resolution, on every replica.
    private func fingerprint(_ identity: String) -> String {
        let digest = SHA256.hash(data: Data("\(model)\u{0}\(identity)".utf8))
        return digest.prefix(8).map { String(UInt16($0) + 0x100, radix: 16).dropFirst() }.joined()
    }

    package var statuses: [AlertStatus] {
        entries.sorted { $0.key < $1.key }.map { identity, entry in
            entry.alert.status(kind: entry.kind, fingerprint: fingerprint(identity), features: entry.features)
        }
    }
}

extension Alert {
    fileprivate func status(kind: String, fingerprint: String, features: [String]) -> AlertStatus {
        let (name, since, severity): (String, Timestamp?, DriftEvent.Severity?) =
            switch state {
            case .ok: ("ok", nil, nil)
            case .pending: ("pending", nil, nil)
            case .firing(let since, let severity, _): ("firing", since, severity)
            case .resolved(let since, _): ("resolved", since, nil)
            }
        return AlertStatus(
            kind: kind, state: name, fingerprint: fingerprint, since: since, severity: severity,
            features: state == .ok ? [] : features)
    }
}

extension AlertBook {
    /// The alerts' states, to survive a restart.
    package func encoded() throws -> Data { try JSONEncoder().encode(entries) }

    package mutating func restore(_ data: Data) throws {
        entries = try JSONDecoder().decode([String: Entry].self, from: data)
    }
}
