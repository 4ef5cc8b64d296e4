import CMalloc
import Console
import Drift
import Glibc
package import Logging
import UnixSignals

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

    package func run() async throws {
        keepMemoryTight()
        let agent = try await Agent(configuration, logger: logger)
        let console = Console(observatory: agent, logger: logger)
        let signals = await UnixSignalsSequence(trapping: [.sigterm, .sigint, .sighup])
        try await agent.start()
        let (ending, end) = AsyncStream<Void>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [configuration, logger] in
                try await console.run(host: configuration.http.host, port: configuration.http.port) { port in
                    logger.info("listening on http://\(configuration.http.host):\(port)")
                }
            }
            group.addTask { await obey(signals, agent, end) }
            group.addTask { for await _ in ending { return } }
            let outcome = await group.nextResult()
            await agent.stop()
            group.cancelAll()
            try outcome?.get()
        }
    }

    private func obey(
        _ signals: UnixSignalsSequence, _ agent: Agent, _ end: AsyncStream<Void>.Continuation
    ) async {
        var isEnding = false
        for await signal in signals {
            if signal == .sighup {
                await reload(agent)
            } else if isEnding {
                exit(1)
            } else {
                logger.info("ending; a second signal ends at once")
                isEnding = true
                end.yield()
            }
        }
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

/// A sidecar's memory is its host's. The allocator would keep an arena for each thread and what a window freed;
/// few arenas, large blocks of their own and an early trim save a sixth of what is resident.
private func keepMemoryTight() {
    mallopt(M_ARENA_MAX, 2)
    mallopt(M_MMAP_THRESHOLD, 64 << 10)
    mallopt(M_TRIM_THRESHOLD, 128 << 10)
}
