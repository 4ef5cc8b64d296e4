package import Drift
package import Logging

/// The agent's HTTP interface: pages, health, metrics and the API under `/api/v1`.
package struct Console: Sendable {
    private let observatory: any Observatory
    private let feed: EventFeed
    private let logger: Logger

    package init(observatory: any Observatory, feed: EventFeed, logger: Logger) {
        (self.observatory, self.feed, self.logger) = (observatory, feed, logger)
    }

    /// Serves until its task is cancelled or a graceful shutdown is asked for, then lets requests at hand
    /// finish and returns. Port 0 takes one that is free.
    ///
    /// - Parameter onListening: called once, with the port, when connections are accepted.
    package func run(
        host: String, port: Int, onListening: @Sendable @escaping (Int) async -> Void = { _ in }
    ) async throws(ConsoleError) {
        let listener = HTTPListener(host: host, port: port, owner: .agent, logger: logger)
        let pulse = Task { await LiveRoute.keepAlive(feed) }
        defer { pulse.cancel() }
        try await listener.serve(
            ConsoleRoutes(observatory: observatory, feed: feed).router(), onListening: onListening)
    }
}
