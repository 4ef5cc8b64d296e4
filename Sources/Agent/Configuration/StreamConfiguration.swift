package import Capture
package import ConfigurationFile
package import Retraining

/// One model's stream: where its messages come from, and how they are judged.
package struct StreamConfiguration: Equatable, Sendable {
    package enum SocketKind: String, CaseIterable, Sendable { case sub, pull }

    package enum SocketMode: String, CaseIterable, Sendable { case connect, bind }

    package enum Clock: String, CaseIterable, Sendable {
        /// Rows live: one far ahead of the arrival clock is wrong.
        case arrival
        /// Rows of another time, as in a replay.
        case event
    }

    package var model: String
    package var endpoints: [Endpoint]
    package var socket: SocketKind
    package var mode: SocketMode
    package var reference: ReferenceSource
    /// The path of the model's schema, for a reference that is built from the stream.
    package var schema: String?
    /// Names of the columns of an `[N,F]` tensor.
    package var features: [String]
    /// Bytes that messages may take up while they wait to be read.
    package var receiveBudget: Int
    /// Bytes of the largest frame that is accepted.
    package var maxMessage: Int
    package var clock: Clock
    /// How far ahead of the arrival clock a row may be; `nil` when the clock is `event`.
    package var maxFuture: Duration?
    /// Open windows close after so long without rows; `nil`: they wait.
    package var idleTimeout: Duration?
    package var staleAfter: Duration
    package var window: WindowConfiguration
    package var alerts: AlertConfiguration
    /// How much of the stream is kept; `nil`: nothing is.
    package var capture: CaptureLimits?
    /// How answers are held against the truth; `nil` where nothing is captured.
    package var performance: PerformanceConfiguration?
    /// What captured rows are held against; `nil`: nothing.
    package var skew: SkewConfiguration?
    /// Which alerts propose to train the model again; `nil`: none does.
    package var retrain: RetrainPolicy?
}

extension StreamConfiguration {
    /// Reads a `[[stream]]`; `nil` when it lacks what it cannot do without.
    init?(_ table: ConfigurationTable, of agent: AgentConfiguration) {
        let model = table.required("model", table.nonEmptyText)
        let endpoints = table.required("endpoints", table.endpoints)
        let reference = table.required("reference", table.reference)
        schema = table.readableFile("schema")
        socket = table.choice("socket", of: SocketKind.self) ?? .sub
        mode = table.choice("mode", of: SocketMode.self) ?? .connect
        features = table.names("features") ?? []
        receiveBudget = table.parsed("receive_budget", as: ByteSize.self)?.bytes ?? 64 << 20
        maxMessage = table.parsed("max_message", as: ByteSize.self)?.bytes ?? 16 << 20
        clock = table.choice("clock", of: Clock.self) ?? .arrival
        maxFuture = table.duration("max_future") ?? .seconds(3600)
        idleTimeout = table.duration("idle_timeout", atLeast: .milliseconds(1))
        staleAfter = table.duration("stale_after", atLeast: .seconds(1)) ?? agent.staleAfter
        window = table.table("window", WindowConfiguration.init)
        alerts = table.table("alerts", AlertConfiguration.init)
        (capture, performance) = table.capture(over: window)
        skew = SkewConfiguration.read(from: table)
        retrain = table.retrain(hasLabels: capture != nil)
        if clock == .event { maxFuture = nil }
        guard let model, let endpoints, let reference else { return nil }
        (self.model, self.endpoints, self.reference) = (model, endpoints, reference)
        checkEndpoints(table, insecure: agent.insecure)
        checkReference(table, registryIsKnown: agent.registry != nil)
        checkFeatures(table)
        checkSizes(table)
    }

    private func checkEndpoints(_ table: ConfigurationTable, insecure: Bool) {
        if !insecure { table.rejectExposed(endpoints, "endpoints") }
        if Set(endpoints).count < endpoints.count { table.report("endpoints", "names an endpoint twice") }
    }

    private func checkReference(_ table: ConfigurationTable, registryIsKnown: Bool) {
        if reference == .registry, !registryIsKnown {
            table.report("reference", "\"registry\" needs the registry's address: registry under [agent]")
        }
        if case .file = reference, schema != nil {
            table.report("schema", "is for a warm-up; a reference file carries its own schema")
        }
    }

    private func checkFeatures(_ table: ConfigurationTable) {
        if Set(features).count < features.count { table.report("features", "names a feature twice") }
        if features.contains("") { table.report("features", "holds an empty name") }
    }

    private func checkSizes(_ table: ConfigurationTable) {
        if maxMessage < 1 { table.report("max_message", "must be at least \"1B\"") }
        if maxMessage > receiveBudget {
            table.report("receive_budget", "must hold a message of max_message, \(maxMessage) bytes")
        }
    }
}

extension ConfigurationTable {
    /// `[stream.capture]` and `[stream.performance]`; the second means nothing without the first.
    fileprivate func capture(
        over window: WindowConfiguration
    ) -> (CaptureLimits?, PerformanceConfiguration?) {
        guard has("capture") else {
            ignore("performance")
            for name in ["performance", "skew"] where has(name) {
                report(name, "needs the rows that are captured: add a [stream.capture]")
            }
            return (nil, nil)
        }
        var (limits, choosesAge) = table("capture") { (CaptureLimits($0), $0.has("max_age")) }
        let performance = table("performance") { PerformanceConfiguration($0, window: window) }
        limits.maturity = performance.maturity
        let needed = performance.period.longest + limits.labelHorizon
        if !choosesAge { limits.maxAge = max(limits.maxAge, needed) }
        if limits.maxAge < needed { reportAge(needed) }
        return (limits, performance)
    }

    fileprivate func retrain(hasLabels: Bool) -> RetrainPolicy? {
        ignore("retrain")
        return has("retrain") ? table("retrain") { RetrainPolicy($0, hasLabels: hasLabels) } : nil
    }

    private func reportAge(_ needed: Int64) {
        report(
            "capture",
            "max_age must be at least \"\(Duration.nanoseconds(needed).configurationText)\", a performance window and "
                + "label_horizon: rows would be gone before their window is judged")
    }

    /// A reference; the path of a file starts from the configuration's folder, and the file must be there.
    fileprivate func reference(_ name: String) -> ReferenceSource? {
        guard let source = parsed(name, as: ReferenceSource.self) else { return nil }
        guard case .file = source else { return source }
        return readableFile(
            name, hint: "make one with: leeway reference build --input ROWS.csv --output FILE"
        ).map(ReferenceSource.file)
    }
}
