package import Drift
import Hummingbird
package import Logging
import ServiceLifecycle

/// The agent's HTTP interface: health, metrics and the API under `/api/v1`.
package struct Console: Sendable {
    private let observatory: any Observatory
    private let logger: Logger

    package init(observatory: any Observatory, logger: Logger) {
        (self.observatory, self.logger) = (observatory, logger)
    }

    /// Serves until its task is cancelled or a graceful shutdown is asked for, then lets requests at hand
    /// finish and returns. Port 0 takes one that is free.
    ///
    /// - Parameter onListening: called once, with the port, when connections are accepted.
    package func run(
        host: String, port: Int, onListening: @Sendable @escaping (Int) async -> Void = { _ in }
    ) async throws(ConsoleError) {
        let server = Application(
            router: ConsoleRoutes(observatory: observatory).router(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { await onListening($0.localAddress?.port ?? port) },
            logger: logger)
        do {
            try await serve(server)
        } catch {
            throw ConsoleError(error, address: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
        }
    }

    /// Cancellation would cut connections off; it is turned into a graceful shutdown, which has five seconds.
    private func serve(_ server: some Service) async throws {
        var configuration = ServiceGroupConfiguration(services: [server], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}
