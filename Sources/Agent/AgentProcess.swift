import ConfigurationFile
import Console
import Daemon
import Drift
package import Logging

/// Runs an agent and its console until SIGTERM or SIGINT. SIGHUP reads the configuration again; a second
/// SIGTERM or SIGINT ends at once.
package struct AgentProcess: Sendable {
    private let path: String
    private let configuration: AgentConfiguration
    private let logger: Logger

    /// - Parameter path: where `configuration` was read from, and will be read again.
    package init(path: String, configuration: AgentConfiguration, logger: Logger) {
        (self.path, self.configuration, self.logger) = (path, configuration, logger)
    }

    /// What it may take to save what is open, beside the grace that the sinks have.
    private static let saving = Duration.seconds(10)

    package func run() async throws {
        // A sidecar's memory is its host's.
        keepMemoryTight()
        let agent = try await Agent(configuration, logger: logger)
        let console = Console(observatory: agent, feed: agent.feed, logger: logger)
        let signals = await ProcessSignals(logger: logger)
        try await agent.start()
        try await signals.run(
            grace: configuration.shutdownGrace + AgentProcess.saving,
            work: { [configuration, logger] in
                try await console.run(host: configuration.http.host, port: configuration.http.port) { port in
                    logger.info(
                        "listening on http://\(NetworkAddress(host: configuration.http.host, port: port))")
                    dropStartUpPages()
                }
            },
            reload: { await reload(agent) },
            stop: { await agent.stop() })
    }

    private func reload(_ agent: Agent) async {
        do {
            try await agent.reload(AgentConfiguration.load(path))
        } catch {
            logger.error("the configuration stays as it was:\n\(error)")
            await agent.reloadFailed()
        }
    }
}
