import FoundationEssentials
import Registry
import Rollouts
import ZeroMQ

/// Publishes who serves which units, whenever that changes: `rollout/<model>/` and the route in JSON.
///
/// An actor's calls follow one another with all that memory barriers a socket needs to go from thread to thread.
actor RouteAnnouncer {
    private let socket: Socket
    /// The last epoch that was told, by model.
    private var told: [String: Int64] = [:]
    private var nextReminder = ContinuousClock.now
    /// The last state of the registry that was told.
    private var seen: UInt64?

    /// Between looks for what has changed.
    static let pause = Duration.milliseconds(200)

    /// So often everything is told again, to those who came late or missed it.
    private static let reminder = Duration.seconds(10)

    init(endpoint: String) throws(ZeroMQError) {
        socket = try Socket(.publish, in: Context())
        try socket.set(.linger, to: 0)
        try socket.bind(to: endpoint)
    }

    /// Tells of routes that have changed, and now and then of all.
    func announce(_ registry: Registry) async throws {
        let (generation, isDue) = (registry.routeGeneration, ContinuousClock.now >= nextReminder)
        guard isDue || generation != seen else { return }
        for route in try await registry.routes() where isDue || told[route.model] != route.epoch {
            try socket.send([Array("rollout/\(route.model)/".utf8), Array(route.json)], wait: false)
            told[route.model] = route.epoch
        }
        seen = generation
        if isDue { nextReminder = .now + RouteAnnouncer.reminder }
    }
}
