/// An alert from when it fired to when it resolved, as it stands now.
package struct AlertRecord: Codable, Equatable, Sendable {
    package enum State: String, Codable, Sendable, CaseIterable { case firing, resolved }

    /// The fingerprint and when it fired: the same alert that fires another time is another.
    package private(set) var id: String
    package private(set) var fingerprint: String
    package private(set) var model: String
    package private(set) var kind: String
    /// The model's version that a `concept` alert is about.
    package private(set) var version: String?
    package private(set) var state: State
    /// The worst it has been.
    package private(set) var severity: DriftEvent.Severity
    /// The strongest contributor when it last alarmed.
    package private(set) var feature: String
    package private(set) var measure: String
    package private(set) var value: Double
    package private(set) var threshold: Double?
    /// All that contributed then, the strongest first.
    package private(set) var features: [String]
    package private(set) var since: Timestamp
    /// When something was last heard of it, in event time.
    package private(set) var updated: Timestamp
    package private(set) var resolved: Timestamp?
    package private(set) var reference: String
    /// The newest request to train again that it made.
    package var request: ProposalStatus?

    /// Features that are named.
    private static let namedFeatures = 10

    package init(_ event: DriftEvent) {
        let data = event.data
        (id, fingerprint, model, kind) = (data.alertID, data.fingerprint, data.model, data.kind)
        version = data.kind == "concept" ? data.versions.first : nil
        (state, severity, since, updated) = (.firing, data.severity, data.since, event.time)
        (feature, measure, value, threshold) = (data.feature, data.measure, data.value, data.threshold)
        (features, reference) = ([], data.reference)
        take(event)
    }

    package mutating func take(_ event: DriftEvent) {
        (updated, severity) = (event.time, max(severity, event.data.severity))
        guard event.type == .firing else {
            (state, resolved) = (.resolved, event.time)
            return
        }
        (state, resolved, threshold) = (.firing, nil, event.data.threshold)
        (feature, measure, value) = (event.data.feature, event.data.measure, event.data.value)
        name(event.data.contributors)
    }

    package mutating func take(_ sighting: AlertSighting) {
        updated = sighting.window.end
        guard let strongest = sighting.contributors.first else { return }
        (feature, measure, value) = (strongest.feature, strongest.measure, strongest.value)
        name(sighting.contributors)
    }

    private mutating func name(_ contributors: [DriftEvent.Contributor]) {
        var named: [String] = []
        for contributor in contributors where !contributor.feature.isEmpty {
            if !named.contains(contributor.feature) { named.append(contributor.feature) }
            if named.count == AlertRecord.namedFeatures { break }
        }
        features = named
    }
}

extension DriftEvent.Payload {
    /// The id of the alert that it is about: 32 hexadecimal digits, the fingerprint and when it fired.
    package var alertID: String { AlertRecord.id(fingerprint, since: since) }
}

extension AlertRecord {
    package static func id(_ fingerprint: String, since: Timestamp) -> String {
        let digits = String(UInt64(bitPattern: since.nanoseconds), radix: 16)
        return fingerprint + String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// What a window showed while an alert went on firing.
package struct AlertSighting: Equatable, Sendable {
    /// The alert's.
    package var id: String
    package var window: WindowSummary
    package var verdict: String
    /// What spoke for the alert, the strongest first; nothing where it waits to resolve.
    package var contributors: [DriftEvent.Contributor]

    package init(
        id: String, window: WindowSummary, verdict: String, contributors: [DriftEvent.Contributor]
    ) {
        (self.id, self.window, self.verdict, self.contributors) = (id, window, verdict, contributors)
    }
}

/// One thing that happened to an alert.
package struct AlertStep: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable {
        case fired
        /// It is more severe than it was.
        case worsened
        /// It fired again within the cooldown.
        case reopened
        /// A window closed while it fired.
        case window
        /// The agent asks to train again.
        case proposed
        /// The registry decided about that.
        case answered
        case resolved
    }

    package var step: Kind
    package var time: Timestamp
    package var window: WindowSummary?
    package var verdict: String?
    package var severity: DriftEvent.Severity?
    package var feature: String?
    package var measure: String?
    package var value: Double?
    package var threshold: Double?
    package var pValue: Double?
    package var contributors: [DriftEvent.Contributor]?
    /// The id of the event that told of it.
    package var event: String?
    package var request: String?
    package var state: String?
    package var reason: String?

    package enum CodingKeys: String, CodingKey {
        case step, time, window, verdict, severity, feature, measure, value, threshold, contributors
        case event, request, state, reason
        case pValue = "p_value"
    }

    /// Contributors that are named.
    private static let namedContributors = 10

    private init(_ step: Kind, _ time: Timestamp) { (self.step, self.time) = (step, time) }

    /// - Parameter before: the alert as it was; `nil` where it is new.
    package init(_ event: DriftEvent, before: AlertRecord.State?) {
        let kind: Kind =
            switch (event.type, before) {
            case (.resolved, _): .resolved
            case (.firing, nil): .fired
            case (.firing, .firing): .worsened
            case (.firing, .resolved): .reopened
            }
        self.init(kind, event.time)
        let data = event.data
        (window, severity, feature, measure) = (data.window, data.severity, data.feature, data.measure)
        (value, threshold, pValue, self.event) = (data.value, data.threshold, data.pValue, event.id)
        if kind != .resolved { contributors = Array(data.contributors.prefix(AlertStep.namedContributors)) }
    }

    package init(_ sighting: AlertSighting) {
        self.init(.window, sighting.window.end)
        (window, verdict) = (sighting.window, sighting.verdict)
        contributors = Array(sighting.contributors.prefix(AlertStep.namedContributors))
        guard let strongest = sighting.contributors.first else { return }
        (feature, measure, value) = (strongest.feature, strongest.measure, strongest.value)
    }

    /// The agent asks to train again.
    package static func proposal(of request: String, reason: String, at time: Timestamp) -> AlertStep {
        var step = AlertStep(.proposed, time)
        (step.request, step.reason) = (request, reason)
        return step
    }

    /// What was made of a request.
    package static func answer(_ status: ProposalStatus, at time: Timestamp) -> AlertStep {
        var step = AlertStep(.answered, time)
        (step.request, step.state, step.reason) = (status.request, status.state, status.reason)
        return step
    }
}

/// An alert, and what has just happened to it.
package struct AlertNews: Encodable, Sendable {
    package var alert: AlertRecord
    package var step: AlertStep

    package init(alert: AlertRecord, step: AlertStep) { (self.alert, self.step) = (alert, step) }

    private enum CodingKeys: String, CodingKey { case step }

    package func encode(to encoder: any Encoder) throws {
        try alert.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(step, forKey: .step)
    }
}

/// An alert with all that is known of how it went.
package struct AlertStory: Codable, Sendable {
    package var alert: AlertRecord
    /// The oldest first.
    package var steps: [AlertStep]
    /// Windows in the midst that are not told.
    package var omitted: Int

    /// Windows that are told from the beginning on; those omitted come behind them.
    package static let firstWindows = 20

    package init(alert: AlertRecord, steps: [AlertStep], omitted: Int) {
        (self.alert, self.steps, self.omitted) = (alert, steps, omitted)
    }

    private enum CodingKeys: String, CodingKey { case story, omitted }

    package init(from decoder: any Decoder) throws {
        alert = try AlertRecord(from: decoder)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        steps = try container.decode([AlertStep].self, forKey: .story)
        omitted = try container.decode(Int.self, forKey: .omitted)
    }

    package func encode(to encoder: any Encoder) throws {
        try alert.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(steps, forKey: .story)
        try container.encode(omitted, forKey: .omitted)
    }
}

/// Which alerts are wanted; `nil` stands for any.
package struct AlertQuery: Equatable, Sendable {
    package var model: String?
    package var kind: String?
    package var state: AlertRecord.State?
    package var severity: DriftEvent.Severity?
    /// The `next` of the page before.
    package var before: Int64?
    package var limit: Int

    package init(
        model: String? = nil, kind: String? = nil, state: AlertRecord.State? = nil,
        severity: DriftEvent.Severity? = nil, before: Int64? = nil, limit: Int
    ) {
        (self.model, self.kind, self.state, self.severity) = (model, kind, state, severity)
        (self.before, self.limit) = (before, limit)
    }
}

/// Some alerts, the newest first.
package struct AlertPage: Sendable {
    package var alerts: [AlertRecord]
    /// Where the page after begins; `nil` of the last.
    package var next: Int64?
    /// All that fire, whatever was asked for.
    package var firing: [DriftEvent.Severity: Int]

    package init(alerts: [AlertRecord], next: Int64?, firing: [DriftEvent.Severity: Int]) {
        (self.alerts, self.next, self.firing) = (alerts, next, firing)
    }
}
