import Crypto
package import Foundation

/// What an alert is about. Alerts of one model and one kind are one alert, whatever feature is to blame.
package enum AlertKind: Hashable, Sendable {
    case data
    case prediction
    case quality
    /// A version does worse than its reference: the relationship has changed, not only the inputs.
    case concept(version: String)
    /// Features are computed otherwise in service than in training.
    case skew
    /// One feature's measure (`fixed` thresholds only).
    case measure(feature: String, family: FeatureReport.Family, measure: String)
    /// The share of drifted features (`fixed` thresholds only).
    case share

    package var name: String {
        switch self {
        case .data, .share: "data"
        case .prediction: "prediction"
        case .quality: "quality"
        case .concept: "concept"
        case .skew: "skew"
        case .measure(_, let family, let measure):
            FeatureReport.qualityMeasures.contains(measure) ? "quality" : family.rawValue
        }
    }

    /// About values that are missing, unseen or out of range, not about a distribution.
    package var isQuality: Bool { name == "quality" }

    /// About what a window's rows look like; the others are observed apart, each in its own time.
    var isOfRows: Bool {
        switch self {
        case .data, .prediction, .quality, .measure, .share: true
        case .concept, .skew: false
        }
    }

    /// What tells the alert from the model's others.
    var identity: String {
        switch self {
        case .data: "data"
        case .prediction: "prediction"
        case .quality: "quality"
        case .concept(let version): "concept/\(version)"
        case .skew: "skew"
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
        /// What the newest alarming window blamed, the strongest first.
        var blamed: [Blame] = []
    }

    /// A feature and the measure that spoke against it; of a model's performance, the measure alone.
    package struct Blame: Codable, Hashable, Sendable {
        package var feature: String
        package var family: FeatureReport.Family
        package var measure: String

        package init(feature: String, family: FeatureReport.Family, measure: String) {
            (self.feature, self.family, self.measure) = (feature, family, measure)
        }
    }

    package init(model: String, policy: AlertPolicy) { (self.model, self.policy) = (model, policy) }

    package struct Change: Equatable, Sendable {
        package var kind: AlertKind
        package var fingerprint: String
        package var transition: Alert.Transition
        /// Those to blame now, or, when the alert resolves, those that were last.
        package var blamed: [Blame]
    }

    /// Takes in a judgement of a window's rows: what is named alarms, what wavers neither fires nor resolves, all else
    /// about rows is clear.
    package mutating func observe(
        _ judgement: WindowJudge.Judgement, features: [MonitoredFeature], at time: Timestamp
    ) -> [Change] {
        var kinds: [AlertKind] = []
        for finding in judgement.findings where !kinds.contains(finding.kind) { kinds.append(finding.kind) }
        var changes = kinds.compactMap { kind -> Change? in
            let own = judgement.findings.filter { $0.kind == kind }
            let blamed = own.map {
                Blame(
                    feature: features[$0.feature].name, family: features[$0.feature].family,
                    measure: $0.measure)
            }
            return observe(kind, .alarming(own.map(\.severity).max() ?? .warning), blaming: blamed, at: time)
        }
        let alarming = Set(kinds)
        for kind in entries.keys.sorted().map(AlertBook.kind)
        where kind.isOfRows && !alarming.contains(kind) {
            let signal: AlertSignal = judgement.wavering.contains(kind) ? .wavering : .clear
            if let change = observe(kind, signal, time) { changes.append(change) }
        }
        return changes
    }

    /// Takes in what a window says to one alert. Only an alarming window changes who is blamed.
    package mutating func observe(
        _ kind: AlertKind, _ signal: AlertSignal, blaming blamed: [Blame], at time: Timestamp
    ) -> Change? {
        if case .alarming = signal { entries[kind.identity, default: Entry(kind: kind.name)].blamed = blamed }
        return observe(kind, signal, time)
    }

    /// Forgets an alert of what is no longer there to be observed (a version that was retired), and says so if it was
    /// firing.
    package mutating func retire(_ kind: AlertKind) -> Change? {
        guard let entry = entries.removeValue(forKey: kind.identity),
            case .firing(let since, let severity, _) = entry.alert.state
        else { return nil }
        return Change(
            kind: kind, fingerprint: fingerprint(kind.identity),
            transition: .resolved(since: since, severity), blamed: entry.blamed)
    }

    private mutating func observe(_ kind: AlertKind, _ signal: AlertSignal, _ time: Timestamp) -> Change? {
        guard let transition = entries[kind.identity]?.alert.observe(signal, at: time, policy: policy)
        else { return nil }
        return Change(
            kind: kind, fingerprint: fingerprint(kind.identity), transition: transition,
            blamed: entries[kind.identity]?.blamed ?? [])
    }

    private static func kind(_ identity: String) -> AlertKind {
        switch identity {
        case "data": return .data
        case "prediction": return .prediction
        case "quality": return .quality
        case "share": return .share
        case "skew": return .skew
        case _ where identity.hasPrefix("concept/"):
            return .concept(version: String(identity.dropFirst("concept/".count)))
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
        return digest.prefix(8).hexadecimal
    }

    /// Those that fire, by the ids of their records.
    var firing: [(kind: AlertKind, id: String)] {
        entries.sorted { $0.key < $1.key }.compactMap { identity, entry in
            guard case .firing(let since, _, _) = entry.alert.state else { return nil }
            return (AlertBook.kind(identity), AlertRecord.id(fingerprint(identity), since: since))
        }
    }

    package var statuses: [AlertStatus] {
        entries.sorted { $0.key < $1.key }.map { identity, entry in
            entry.alert.status(
                AlertBook.kind(identity), named: entry.kind, fingerprint: fingerprint(identity), entry.blamed)
        }
    }
}

extension Alert {
    fileprivate func status(
        _ kind: AlertKind, named kindName: String, fingerprint: String, _ blamed: [AlertBook.Blame]
    ) -> AlertStatus {
        let (name, since, severity): (String, Timestamp?, DriftEvent.Severity?) =
            switch state {
            case .ok: ("ok", nil, nil)
            case .pending: ("pending", nil, nil)
            case .firing(let since, let severity, _): ("firing", since, severity)
            case .resolved(let since, _): ("resolved", since, nil)
            }
        let blamed = state == .ok ? [] : blamed
        guard case .concept(let version) = kind else {
            return AlertStatus(
                kind: kindName, state: name, fingerprint: fingerprint, since: since, severity: severity,
                features: distinct(blamed.map(\.feature)))
        }
        return AlertStatus(
            kind: kindName, version: version, state: name, fingerprint: fingerprint, since: since,
            severity: severity, features: [], measures: blamed.map(\.measure))
    }
}

extension AlertBook {
    /// The alerts' states, to survive a restart.
    package func encoded() throws -> Data { try JSONEncoder().encode(entries) }

    package mutating func restore(_ data: Data) throws {
        entries = try JSONDecoder().decode([String: Entry].self, from: data)
    }
}

private func distinct(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
}
