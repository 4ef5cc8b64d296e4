import Drift

/// An agent that monitors two models, one with a difficult name.
struct FakeObservatory: Observatory {
    static let models = ["flight-delay", "fraud/eu west"]
    static let start = Timestamp(rfc3339: "2013-04-01T00:00:00Z")!

    struct Unreadable: Error {}

    var ready = true
    /// Windows cannot be read.
    var isBroken = false
    /// How long it takes to say whether it is ready.
    var delay = Duration.zero

    var reports: [DriftReport] = []
    var stories: [AlertStory] = []

    var isReady: Bool {
        get async {
            try? await Task.sleep(for: delay)
            return ready
        }
    }

    func status() async -> AgentStatus {
        AgentStatus(
            name: "sidecar-1", version: "0.1.0", started: Self.start, now: Self.start,
            models: Self.models.map {
                ModelStatus(
                    model: $0, state: .monitoring, reference: "abc", counters: StreamCounters(),
                    openWindow: nil,
                    problems: [])
            })
    }

    func windows(of model: String, limit: Int) async throws -> [DriftReport]? {
        if isBroken { throw Unreadable() }
        guard Self.models.contains(model) else { return nil }
        return (0..<min(limit, 60)).map { index in
            let start = Self.start.advanced(by: Int64(-index) * 86_400_000_000_000)
            return DriftReport(
                model: model, reference: "abc", versions: ["7"],
                window: WindowSummary(start: start, end: start.advanced(by: 86_400_000_000_000), rows: 900),
                verdict: .ok, test: nil, features: [])
        }
    }

    func drift(of model: String) async -> ModelDrift? {
        guard Self.models.contains(model) else { return nil }
        return ModelDrift(
            model: model, reference: nil, window: nil, verdict: nil, test: nil, features: [], alerts: [])
    }

    func performance(of model: String, limit: Int) async -> ModelPerformance? {
        guard Self.models.contains(model) else { return nil }
        return ModelPerformance(
            model: model, reference: nil, expected: nil, windows: [], next: nil, detectors: [], capture: nil,
            skew: nil, alerts: [])
    }

    func timeline(of model: String) async -> DriftTimeline? {
        guard Self.models.contains(model) else { return nil }
        var timeline = DriftTimeline(effects: .standard)
        for report in reports { timeline.append(report) }
        return timeline
    }

    func report(of model: String, endingAt end: Timestamp) async throws -> DriftReport? {
        reports.first { $0.model == model && $0.window.end == end }
    }

    func alerts(_ query: AlertQuery) async throws -> AlertPage {
        AlertPage(
            alerts: Array(stories.map(\.alert).prefix(query.limit)), next: query.limit == 1 ? 7 : nil,
            firing: [.critical: 1])
    }

    func alert(_ id: String) async throws -> AlertStory? { stories.first { $0.alert.id == id } }

    func metrics() async -> [MetricFamily] {
        let labels = Self.models.map { [(name: "model", value: $0)] }
        return [
            MetricFamily(
                name: "leeway_rows_total", help: "Rows received.", kind: .counter,
                samples: labels.map { .init(1e6, labels: $0) }),
            MetricFamily(
                name: "leeway_drift_statistic", help: "The value of a measure in the newest window.",
                kind: .gauge,
                samples: labels.map { .init(0.25, labels: $0 + [(name: "measure", value: "ks")]) }),
            MetricFamily(
                name: "leeway_process_resident_memory_bytes", help: "Resident memory.", kind: .gauge,
                samples: [.init(2.1e7)]),
        ]
    }

    func quarantine(of model: String) async -> [QuarantinedMessage]? {
        guard Self.models.contains(model) else { return nil }
        return (0..<2).map { _ in
            QuarantinedMessage(
                received: Self.start, topic: "rows/\(model)/", reason: "bad_json",
                detail: "\"{\" lacks its end",
                frames: [Array("{".utf8), [0xff, 0]])
        }
    }
}
