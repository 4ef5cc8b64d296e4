/// What a running agent can be asked. The HTTP console asks; the agent answers.
package protocol Observatory: Sendable {
    /// The configuration is loaded and every socket is open.
    var isReady: Bool { get async }
    func status() async -> AgentStatus
    /// The model's closed windows, newest first; `nil` for a model that is not monitored.
    func windows(of model: String, limit: Int) async throws -> [DriftReport]?
    /// The state of every feature in the newest window; `nil` for a model that is not monitored.
    func drift(of model: String) async -> ModelDrift?
    /// The newest of the windows whose truth is known; `nil` for a model that is not monitored.
    func performance(of model: String, limit: Int) async throws -> ModelPerformance?
    /// The newest windows feature by feature; `nil` for a model that is not monitored.
    func timeline(of model: String) async -> DriftTimeline?
    /// The report of the window that ended then; `nil` where there is none.
    func report(of model: String, endingAt end: Timestamp) async throws -> DriftReport?
    func alerts(_ query: AlertQuery) async throws -> AlertPage
    /// - Parameter id: an alert's, or a fingerprint, which stands for its newest alert.
    func alert(_ id: String) async throws -> AlertStory?
    func metrics() async -> [MetricFamily]
    /// Messages of a model that could not be read, newest first; `nil` for a model that is not monitored.
    func quarantine(of model: String) async -> [QuarantinedMessage]?
}

package struct AgentStatus: Codable, Sendable {
    package var name: String
    /// What tells an agent from a registry.
    package var process = "agent"
    package var version: String
    package var started: Timestamp
    package var now: Timestamp
    package var models: [ModelStatus]
    package var sinks: [SinkStatus] = []

    package init(
        name: String, version: String, started: Timestamp, now: Timestamp, models: [ModelStatus]
    ) {
        (self.name, self.version, self.started, self.now) = (name, version, started, now)
        self.models = models
    }
}

/// Where events go, and whether they get there.
package struct SinkStatus: Codable, Sendable {
    package var sink: String
    /// Events that wait for it.
    package var pending: Int
    /// Since when the one that has waited longest does.
    package var oldest: Timestamp?
    /// Why the last delivery failed; `nil` once one has been taken.
    package var problem: String?

    package init(sink: String, pending: Int, oldest: Timestamp?, problem: String?) {
        (self.sink, self.pending, self.oldest, self.problem) = (sink, pending, oldest, problem)
    }
}

/// What the registry last made of a proposal to train a model again.
package struct ProposalStatus: Codable, Equatable, Sendable {
    /// The request's id; `nil` of one that the registry could not take.
    package var request: String?
    /// `waiting`, `accepted`, `covered`, `refused`, …; `given_up` where the registry could not take it.
    package var state: String
    package var reason: String

    package init(request: String? = nil, state: String, reason: String) {
        (self.request, self.state, self.reason) = (request, state, reason)
    }
}

/// What the agent has seen of a model's rollout since it started.
package struct RolloutStatus: Codable, Equatable, Sendable {
    /// `nil` when it is over, and the registry has yet to be told the rest of it.
    package var rollout: String?
    /// The present one, from 0.
    package var stage: Int?
    /// Rows compared, by arm: `0` is the control, `1`, `2`, … the candidates.
    package var rows: [String: UInt64]
    /// Rows that another version served than their unit was assigned to.
    package var misassigned: UInt64
    package var unknownVersion: UInt64
    /// Rows with neither a unit nor an id.
    package var withoutUnit: UInt64
    /// Rows and units lost since there was no room for them.
    package var dropped: UInt64
    /// Units and sums that the registry has not acknowledged.
    package var pending: UInt64
    package var problems: [String]

    package init(
        rollout: String?, stage: Int?, rows: [String: UInt64], misassigned: UInt64, unknownVersion: UInt64,
        withoutUnit: UInt64, dropped: UInt64, pending: UInt64, problems: [String]
    ) {
        (self.rollout, self.stage, self.rows) = (rollout, stage, rows)
        (self.misassigned, self.unknownVersion) = (misassigned, unknownVersion)
        (self.withoutUnit, self.dropped, self.pending) = (withoutUnit, dropped, pending)
        self.problems = problems
    }

    package enum CodingKeys: String, CodingKey {
        case rollout, stage, rows, misassigned, dropped, pending, problems
        case unknownVersion = "unknown_version"
        case withoutUnit = "without_unit"
    }
}

/// Whether a model is being watched, and if not, why.
package struct ModelStatus: Codable, Sendable {
    package enum State: String, Codable, Sendable {
        case monitoring
        case awaitingReference = "awaiting_reference"
        /// Nothing arrived for `stale_after`.
        case stale
        /// The model's configuration or reference cannot be used; `problems` says why.
        case failed
    }

    package var model: String
    package var state: State
    package var reference: String?
    /// Over the last ten seconds; `nil` until there has been time to tell.
    package var rowsPerSecond: Double?
    package var counters: StreamCounters
    /// When the last message came, by the arrival clock.
    package var lastRow: Timestamp?
    package var openWindow: WindowSummary?
    /// The newest window that has closed, and what was made of it.
    package var window: WindowSummary?
    package var verdict: DriftReport.Verdict?
    package var pValue: Double?
    /// Features that speak loudest against that window.
    package var worst: [WorstFeature] = []
    /// Those that fire.
    package var alerts: [FiringAlert] = []
    /// Plain sentences: a feature the stream lacks, one the reference lacks, a type that changed, …
    package var problems: [String]
    package var retraining: ProposalStatus?
    package var rollout: RolloutStatus?

    package init(
        model: String, state: State, reference: String?, counters: StreamCounters,
        openWindow: WindowSummary?, problems: [String]
    ) {
        (self.model, self.state, self.reference, self.counters) = (model, state, reference, counters)
        (self.openWindow, self.problems) = (openWindow, problems)
    }

    package enum CodingKeys: String, CodingKey {
        case model, state, reference, counters, problems, retraining, rollout, window, verdict, worst, alerts
        case rowsPerSecond = "rows_per_second"
        case lastRow = "last_row"
        case openWindow = "open_window"
        case pValue = "p_value"
    }
}

/// An alert that fires, at a glance.
package struct FiringAlert: Codable, Equatable, Sendable {
    /// Of its record, see ``AlertRecord``.
    package var id: String
    package var kind: String
    package var version: String?
    package var severity: DriftEvent.Severity
    package var since: Timestamp
    package var features: [String]

    /// `nil` of an alert that does not fire.
    package init?(_ status: AlertStatus) {
        guard status.state == "firing", let since = status.since, let severity = status.severity else {
            return nil
        }
        id = AlertRecord.id(status.fingerprint, since: since)
        (kind, version, features) = (status.kind, status.version, status.features)
        (self.severity, self.since) = (severity, since)
    }
}

/// What happened to a model's messages and rows since the agent started.
/// `received == decoded + rejected.values.sum`, always.
package struct StreamCounters: Codable, Equatable, Sendable {
    package var received: UInt64 = 0
    package var decoded: UInt64 = 0
    /// Messages that could not be read, by reason.
    package var rejected: [String: UInt64] = [:]
    /// Messages lost on the way, told by sequence numbers and beacons.
    package var missed: UInt64 = 0
    /// Messages whose sequence number had been seen: rejected, and counted here as well.
    package var duplicate: UInt64 = 0
    /// Publishers that had sent messages before they were first heard.
    package var joinedLate: UInt64 = 0
    package var rows: UInt64 = 0
    package var predictions: UInt64 = 0
    package var labels: UInt64 = 0
    /// Rows whose window had closed.
    package var late: UInt64 = 0
    /// Rows further ahead of the clock than `max_future`.
    package var future: UInt64 = 0
    /// Panes that closed while judging them had fallen too far behind.
    package var droppedPanes: UInt64 = 0

    package init() {}

    package enum CodingKeys: String, CodingKey {
        case received, decoded, rejected, missed, duplicate, rows, predictions, labels, late, future
        case joinedLate = "joined_late"
        case droppedPanes = "dropped_panes"
    }
}

/// The newest verdict on a model, feature by feature, and its alerts.
package struct ModelDrift: Codable, Sendable {
    package var model: String
    package var reference: String?
    package var window: WindowSummary?
    package var verdict: DriftReport.Verdict?
    package var test: WindowTest?
    package var features: [FeatureReport]
    package var alerts: [AlertStatus]

    package init(
        model: String, reference: String?, window: WindowSummary?, verdict: DriftReport.Verdict?,
        test: WindowTest?, features: [FeatureReport], alerts: [AlertStatus]
    ) {
        (self.model, self.reference, self.window) = (model, reference, window)
        (self.verdict, self.test, self.features, self.alerts) = (verdict, test, features, alerts)
    }
}

package struct AlertStatus: Codable, Equatable, Sendable {
    package var kind: String
    /// The model's version that a `concept` alert is about; the others are about all of them.
    package var version: String?
    package var state: String
    package var fingerprint: String
    package var since: Timestamp?
    package var severity: DriftEvent.Severity?
    package var features: [String]
    /// What a `concept` alert blames.
    package var measures: [String]?

    package init(
        kind: String, version: String? = nil, state: String, fingerprint: String, since: Timestamp?,
        severity: DriftEvent.Severity?, features: [String], measures: [String]? = nil
    ) {
        (self.kind, self.version, self.state, self.fingerprint) = (kind, version, state, fingerprint)
        (self.since, self.severity, self.features, self.measures) = (since, severity, features, measures)
    }
}

/// One metric with its samples, as Prometheus counts them.
package struct MetricFamily: Sendable {
    package enum Kind: String, Sendable { case counter, gauge }

    package struct Sample: Sendable {
        /// In the order they are written.
        package var labels: [(name: String, value: String)]
        package var value: Double

        package init(_ value: Double, labels: [(name: String, value: String)] = []) {
            (self.value, self.labels) = (value, labels)
        }
    }

    package var name: String
    package var help: String
    package var kind: Kind
    package var samples: [Sample]

    package init(name: String, help: String, kind: Kind, samples: [Sample]) {
        (self.name, self.help, self.kind, self.samples) = (name, help, kind, samples)
    }
}

/// A message that could not be read, kept so that its publisher can be mended.
package struct QuarantinedMessage: Codable, Sendable {
    package var received: Timestamp
    package var topic: String
    package var reason: String
    /// What exactly could not be read, in a sentence.
    package var detail: String
    package var frames: [[UInt8]]

    package init(received: Timestamp, topic: String, reason: String, detail: String, frames: [[UInt8]]) {
        (self.received, self.topic, self.reason) = (received, topic, reason)
        (self.detail, self.frames) = (detail, frames)
    }
}
