package import Logging
package import Registry

/// The registry's HTTP interface: pages, MLflow's REST API, our own under `/api/v1`, health and metrics.
package struct RegistryConsole: Sendable {
    private let registry: Registry
    private let jobs: any JobCanceller
    private let access: Access
    private let version: String
    private let logger: Logger

    /// - Parameter version: the program's own.
    package init(
        registry: Registry, jobs: any JobCanceller, access: Access, version: String, logger: Logger
    ) {
        (self.registry, self.jobs, self.access) = (registry, jobs, access)
        (self.version, self.logger) = (version, logger)
    }

    /// Serves until its task is cancelled or a graceful shutdown is asked for, then lets requests at hand
    /// finish, for as long as `grace`, and returns. Port 0 takes one that is free.
    ///
    /// - Parameter onListening: called once, with the port, when connections are accepted.
    package func run(
        host: String, port: Int, grace: Duration = .seconds(20),
        onListening: @Sendable @escaping (Int) async -> Void = { _ in }
    ) async throws(ConsoleError) {
        let listener = HTTPListener(host: host, port: port, owner: .registry, grace: grace, logger: logger)
        let feed = EventFeed()
        let routes = RegistryRoutes(
            registry: registry, jobs: jobs, access: access, version: version, feed: feed)
        let telling = [
            Task { await LiveRoute.keepAlive(feed) },
            Task { await RegistryNews(registry, feed, logger).tell() },
        ]
        defer { for task in telling { task.cancel() } }
        try await listener.serve(routes.router(), onListening: onListening)
    }
}
