import Drift
import ZeroMQ

/// What the receiving thread does: receive, decode, count; nothing in it may block but the wait for messages.
struct ReceivingLoop<Consumer: RowConsumer>: ~Copyable {
    /// Messages in a row, before commands and the clock get their turn.
    private static var burst: Int { 256 }
    private static var tickNanoseconds: Int64 { 100_000_000 }
    /// How long an idle thread may leave a command waiting.
    private static var longestWaitMilliseconds: Int { 20 }
    /// For how long what had arrived is still read after the stop.
    private static var drainNanoseconds: Int64 { 100_000_000 }

    private let shared: ReceiverState<Consumer>
    private let limits: DecodingLimits
    private var socket: ReceivingSocket
    private var message = Message()
    private var router: TopicRouter
    private let lanes: [Lane<Consumer>]
    /// Messages of no configured model.
    private var strays: StreamTally
    private var nextTick: Int64 = 0

    /// Opens the sockets on the thread that calls.
    init(
        _ configuration: ReceiverConfiguration, models: [ReceivedModel<Consumer>],
        shared: ReceiverState<Consumer>, context: Context
    ) throws(ZeroMQError) {
        let names = models.map(\.name)
        (self.shared, limits) = (shared, configuration.limits)
        socket = try ReceivingSocket.open(configuration, models: names, in: context)
        router = TopicRouter(models: names)
        lanes = zip(models, shared.quarantines).map {
            Lane($0, limits: configuration.limits, quarantine: $1)
        }
        strays = StreamTally(quarantine: shared.strayQuarantine)
    }

    var endpoints: [String] { socket.endpoints }
    var consumers: [String: Consumer] {
        Dictionary(lanes.map { ($0.model, $0.consumer) }) { first, _ in first }
    }

    /// Returns when the receiver has been stopped; throws when the context was shut down under it.
    mutating func run() throws(ZeroMQError) {
        while !shared.isStopping {
            for command in shared.mailbox.takeAll() { command(lanes) }
            if try receiveBurst() == 0 {
                try socket.lengthenQueue()
                try socket.wait(milliseconds: waitMilliseconds())
            }
            try tickIfDue()
            publishCounters()
        }
        try drain()
        publishCounters()
    }

    private mutating func drain() throws(ZeroMQError) {
        let deadline = monotonicNanoseconds() + Self.drainNanoseconds
        while try receiveBurst() > 0, monotonicNanoseconds() < deadline {}
    }

    private func publishCounters() {
        for (place, lane) in lanes.enumerated() {
            if let counters = lane.tally.takeChange() { shared.publish(counters, ofModelAt: place) }
        }
    }
}

// MARK: - Messages

extension ReceivingLoop {
    /// Returns how many messages there were.
    private mutating func receiveBurst() throws(ZeroMQError) -> Int {
        var count = 0
        while count < Self.burst, try socket.receive(into: &message) {
            route(arrival: .now)
            count += 1
        }
        if let counters = strays.takeChange() { shared.publish(strays: counters) }
        return count
    }

    private mutating func route(arrival: Timestamp) {
        do throws(Rejection) {
            let route = try message.withFrame(0) { (topic) throws(Rejection) in try router.route(topic) }
            lanes[route.model].receive(route.kind, message, arrival: arrival)
        } catch {
            strays.received()
            strays.reject(message, error, arrival: arrival)
        }
    }
}

// MARK: - The clock

extension ReceivingLoop {
    private func waitMilliseconds() -> Int {
        let untilTick = Int((nextTick - monotonicNanoseconds()) / 1_000_000)
        return min(Self.longestWaitMilliseconds, max(0, untilTick))
    }

    private mutating func tickIfDue() throws(ZeroMQError) {
        let now = monotonicNanoseconds()
        guard now >= nextTick else { return }
        nextTick = now + Self.tickNanoseconds
        let wallClock = Timestamp.now
        for lane in lanes { lane.consumer.tick(now: wallClock) }
        for endpoint in try socket.heal() { countOversized(endpoint, wallClock) }
    }

    /// A frame above the limit never arrives, so its topic is not known: it is booked on the only model, or on none.
    private mutating func countOversized(_ endpoint: String, _ arrival: Timestamp) {
        let rejection = Rejection(
            .oversized,
            "\(endpoint) ended the connection as after a frame of more than max_message_bytes "
                + "(\(limits.messageBytes)); connected again")
        if lanes.count == 1 {
            lanes[0].tally.received()
            lanes[0].tally.reject(topic: endpoint, frames: [], rejection, arrival: arrival)
        } else {
            strays.received()
            strays.reject(topic: endpoint, frames: [], rejection, arrival: arrival)
        }
    }
}
