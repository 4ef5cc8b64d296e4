package import ConfigurationFile

/// All that an agent is told, parsed and checked: a value of this type can be run.
package struct AgentConfiguration: Equatable, Sendable {
    package var name: String
    /// The folder of everything that outlives a restart.
    package var state: String
    package var http: NetworkAddress
    package var shutdownGrace: Duration
    package var checkpointInterval: Duration
    /// Endpoints that other machines can reach are allowed though nothing protects them.
    package var insecure: Bool
    /// How long a model may be silent before it is reported stale, unless its stream says otherwise.
    package var staleAfter: Duration
    package var logLevel: LogLevel
    package var registry: RegistryURL?
    package var registryEvents: Endpoint?
    /// How often the registry is asked who the champion is.
    package var registryInterval: Duration
    /// How often the registry is asked what it compares in service, and told what was seen of that.
    package var routeInterval: Duration
    package var tokenFile: String?
    package var streams: [StreamConfiguration]
    package var sinks: [SinkConfiguration]
}

extension AgentConfiguration {
    /// Reads, parses and checks a file.
    package static func load(
        _ path: String, host: HostEnvironment = .current
    ) throws(InvalidConfiguration) -> AgentConfiguration {
        try read(ConfigurationReading(contentsOf: path, host: host))
    }

    /// Parses and checks a source. Relative paths in it start from `folder`, which is absolute.
    package static func parse(
        _ source: String, file: String, folder: String, host: HostEnvironment
    ) throws(InvalidConfiguration) -> AgentConfiguration {
        try read(ConfigurationReading(source, file: file, folder: folder, host: host))
    }

    private static func read(
        _ reading: ConfigurationReading
    ) throws(InvalidConfiguration) -> AgentConfiguration {
        let root = reading.root
        var configuration = root.table("agent", AgentConfiguration.init)
        configuration.readStreams(root)
        configuration.sinks = readSinks(root)
        configuration.checkProposals(root)
        root.ignore("registry", "rollout")
        root.rejectUnknownKeys()
        return try reading.result(configuration)
    }
}

// MARK: - [agent]

extension AgentConfiguration {
    fileprivate init(_ table: ConfigurationTable) {
        name = table.nonEmptyText("name") ?? table.host.hostName
        state = table.writableFolder("state", default: "/var/lib/leeway")
        http = table.parsed("http", as: NetworkAddress.self) ?? NetworkAddress(host: "127.0.0.1", port: 9464)
        shutdownGrace = table.duration("shutdown_grace") ?? .seconds(20)
        checkpointInterval = table.duration("checkpoint_interval", atLeast: .seconds(1)) ?? .seconds(10)
        insecure = table.flag("insecure") ?? false
        staleAfter = table.duration("stale_after", atLeast: .seconds(1)) ?? .seconds(600)
        logLevel = table.choice("log_level", of: LogLevel.self) ?? .info
        registry = table.parsed("registry", as: RegistryURL.self)
        registryEvents = table.endpoint("registry_events")
        registryInterval = table.duration("registry_interval", atLeast: .seconds(1)) ?? .seconds(30)
        routeInterval = table.duration("route_interval", atLeast: .milliseconds(100)) ?? .seconds(5)
        tokenFile = table.readableFile("token_file")
        (streams, sinks) = ([], [])
        if !insecure { table.rejectExposed(registryEvents.map { [$0] } ?? [], "registry_events") }
    }
}

// MARK: - [[stream]]

extension AgentConfiguration {
    private mutating func readStreams(_ root: ConfigurationTable) {
        var taken = TakenNames()
        streams = root.tables("stream") { table in
            let stream = StreamConfiguration(table, of: self)
            if let stream { taken.claim(stream, in: table) }
            return stream
        }
        if !root.has("stream") { root.report("stream", "at least one [[stream]] is needed") }
    }
}

/// What only one stream may have.
private struct TakenNames {
    private var models: Set<String> = []
    private var boundEndpoints: Set<Endpoint> = []

    mutating func claim(_ stream: StreamConfiguration, in table: ConfigurationTable) {
        if !models.insert(stream.model).inserted {
            table.report(
                "model",
                "\"\(stream.model)\" has a [[stream]] already; one stream may have several endpoints")
        }
        for endpoint in stream.endpoints where stream.mode == .bind {
            if !boundEndpoints.insert(endpoint).inserted {
                table.report("endpoints", "\(endpoint) is bound already; an endpoint is bound once")
            }
        }
    }
}

// MARK: - [[sink]]

extension AgentConfiguration {
    private func checkProposals(_ root: ConfigurationTable) {
        guard streams.contains(where: { $0.retrain != nil }), registry == nil,
            !sinks.contains(where: { $0.events.contains(.retrain) })
        else { return }
        root.report(
            "stream",
            "[stream.retrain] proposes, and nobody listens: name the registry under [agent], or a [[sink]] with "
                + "events = [\"retrain\"]")
    }
}

private func readSinks(_ root: ConfigurationTable) -> [SinkConfiguration] {
    var taken: Set<SinkConfiguration.Kind> = []
    return root.tables("sink") { table in
        let sink = SinkConfiguration(table)
        if let sink, !taken.insert(sink.kind).inserted { table.report("is the same as a [[sink]] above") }
        return sink
    }
}
