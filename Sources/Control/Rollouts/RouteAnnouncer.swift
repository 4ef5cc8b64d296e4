import FoundationEssentials
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

    /// So often everything is told again, to those who came late or missed it.
    private static let reminder = Duration.seconds(10)

    init(endpoint: String) throws(ZeroMQError) {
        socket = try Socket(.publish, in: Context())
        try socket.set(.linger, to: 0)
        try socket.bind(to: endpoint)
    }

    /// Tells of routes that have changed, and now and then of all.
    func announce(_ routes: [RolloutRoute]) throws {
        let isDue = ContinuousClock.now >= nextReminder
        if isDue { nextReminder = .now + RouteAnnouncer.reminder }
        for route in routes where isDue || told[route.model] != route.epoch {
            let body = try route.json
            try socket.send([Array("rollout/\(route.model)/".utf8), Array(body)], wait: false)
            told[route.model] = route.epoch
        }
    }
}
