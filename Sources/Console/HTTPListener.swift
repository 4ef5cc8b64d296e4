import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// Serves what a router answers on one address.
struct HTTPListener {
    let host: String
    /// 0 takes one that is free.
    let port: Int
    /// Whose address it is, for errors.
    let owner: ConsoleError.Owner
    /// How long requests at hand may take to finish once the end is asked for.
    var grace: Duration = .seconds(5)
    let logger: Logger

    /// Who sends nothing for so long, between requests or in the midst of one, is let go.
    private static let idleTimeout = TimeAmount.seconds(30)

    /// Serves until its task is cancelled or a graceful shutdown is asked for, then lets requests at hand
    /// finish and returns.
    ///
    /// - Parameter onListening: called once, with the port, when connections are accepted.
    func serve(
        _ router: Router<some RequestContext & InitializableFromSource<ApplicationRequestContextSource>>,
        onListening: @Sendable @escaping (Int) async -> Void
    ) async throws(ConsoleError) {
        let application = Application(
            router: router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ExpectContinueHandler()],
                    idleTimeout: HTTPListener.idleTimeout)),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { [port] in await onListening($0.localAddress?.port ?? port) },
            logger: logger)
        do {
            try await run(application)
        } catch {
            let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            throw ConsoleError(error, address: address, owner: owner)
        }
    }

    /// Cancellation would cut connections off; it is turned into a graceful shutdown.
    private func run(_ application: some Service) async throws {
        var configuration = ServiceGroupConfiguration(services: [application], logger: logger)
        configuration.maximumGracefulShutdownDuration = grace
        let group = ServiceGroup(configuration: configuration)
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}
