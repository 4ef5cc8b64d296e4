import Glibc
import ZeroMQ

/// The socket of a receiver, kept in working order: its queue follows the size of the messages, and a connection
/// that libzmq gave up on is made anew.
struct ReceivingSocket: ~Copyable {
    /// What waits for one read in the queues: never more messages than this, whatever their size.
    static let longestQueue = 100_000
    static let shortestQueue = 64
    /// Assumed until messages have been seen: a queue can only be made longer.
    static let largeMessageBytes = 64 << 10
    /// So many messages tell how long the queue may be.
    static let messagesToJudgeBy = 1000
    /// libzmq's own bookkeeping for a frame.
    static let frameOverhead = 64

    private let socket: Socket
    private var monitor: SocketMonitor
    private let configuration: ReceiverConfiguration
    /// As bound or connected, ports filled in.
    private(set) var endpoints: [String] = []
    private var connections = ConnectionWatch()
    private var queueLength: Int
    private var recentBytes = 0
    private var recentMessages = 0

    static func open(
        _ configuration: ReceiverConfiguration, models: [String], in context: Context
    ) throws(ZeroMQError) -> ReceivingSocket {
        let length = queueLength(configuration, messageBytes: largeMessageBytes)
        let socket = try unconnected(configuration, models, length, context)
        let monitor = try SocketMonitor(of: socket)
        var opened = ReceivingSocket(socket, monitor, configuration, queueLength: length)
        for endpoint in configuration.endpoints { try opened.open(endpoint) }
        return opened
    }

    private init(
        _ socket: consuming Socket, _ monitor: consuming SocketMonitor,
        _ configuration: ReceiverConfiguration,
        queueLength: Int
    ) {
        self.socket = socket
        self.monitor = monitor
        (self.configuration, self.queueLength) = (configuration, queueLength)
    }

    /// No ZMQ_HEARTBEAT: on a subscriber whose queue is full it aborts the process (libzmq issue 4767).
    private static func unconnected(
        _ configuration: ReceiverConfiguration, _ models: [String], _ queueLength: Int, _ context: Context
    ) throws(ZeroMQError) -> Socket {
        let socket = try Socket(configuration.socket == .sub ? .subscribe : .pull, in: context)
        try socket.set(.linger, to: 0)
        try socket.set(.keepAlive, to: 30)
        try socket.set(.maximumFrameSize, to: configuration.limits.messageBytes)
        try socket.set(.receiveHighWaterMark, to: queueLength)
        if configuration.socket == .sub { try socket.subscribe(toModels: models) }
        return socket
    }

    private mutating func open(_ endpoint: String) throws(ZeroMQError) {
        switch configuration.mode {
        case .bind:
            try socket.bind(to: endpoint)
            endpoints.append(try socket.lastEndpoint())
        case .connect:
            try socket.connect(to: endpoint)
            endpoints.append(endpoint)
        }
    }

    /// The next message, if there is one.
    mutating func receive(into message: inout Message) throws(ZeroMQError) -> Bool {
        let maximumFrames = configuration.limits.columns + 3
        guard try socket.receive(into: &message, wait: false, maximumFrames: maximumFrames) else {
            return false
        }
        recentMessages += 1
        recentBytes += message.size + message.count * ReceivingSocket.frameOverhead
        return true
    }

    func wait(milliseconds: Int) throws(ZeroMQError) {
        try socket.wait(milliseconds: milliseconds, alongside: monitor)
    }
}

// MARK: - The queue

extension ReceivingSocket {
    private static func queueLength(_ configuration: ReceiverConfiguration, messageBytes: Int) -> Int {
        min(longestQueue, max(shortestQueue, configuration.receiveBudget / max(1, messageBytes)))
    }

    /// Makes the queue as long as the budget allows for messages like those received. It takes effect on open
    /// connections.
    ///
    /// To be called only when there was nothing more to receive, and never to make the queue shorter. libzmq tells
    /// a sender that waits for room only each time that half a queue has been read: if that half grows while the
    /// sender waits, or the room it believes in shrinks, it is not told again, and nothing arrives any more.
    mutating func lengthenQueue() throws(ZeroMQError) {
        guard recentMessages >= ReceivingSocket.messagesToJudgeBy else { return }
        let length = ReceivingSocket.queueLength(configuration, messageBytes: recentBytes / recentMessages)
        (recentBytes, recentMessages) = (0, 0)
        guard length > queueLength + queueLength / 4 else { return }
        try socket.set(.receiveHighWaterMark, to: length)
        queueLength = length
    }
}

// MARK: - Connections

extension ReceivingSocket {
    /// Connects again where a connection had ended for good, and returns those that a frame above the limit ended.
    mutating func heal() throws(ZeroMQError) -> [String] {
        while let event = try monitor.nextEvent() { connections.observe(event) }
        guard configuration.mode == .connect else { return [] }
        let lost = connections.takeLost()
        for endpoint in lost.keys { try reconnect(endpoint) }
        return lost.filter(\.value).map(\.key)
    }

    private func reconnect(_ endpoint: String) throws(ZeroMQError) {
        do {
            try socket.disconnect(from: endpoint)
        } catch  where error.code == ENOENT {
            // libzmq has forgotten it already.
        }
        try socket.connect(to: endpoint)
    }
}

/// Tells the connections that libzmq will not make again by itself.
///
/// It tries again after whatever looks like the network; what looks like a peer that breaks the protocol ends the
/// session. A frame above ZMQ_MAXMSGSIZE does too, and then the disconnection is not followed, within the same
/// batch of events or the next, by an announcement to retry.
private struct ConnectionWatch {
    private enum State { case shaking, established, lost(wasEstablished: Bool, isSettled: Bool) }
    private var states: [String: State] = [:]

    mutating func observe(_ event: SocketMonitor.Event) {
        switch event.kind {
        case .connected: states[event.endpoint] = .shaking
        case .handshakeSucceeded: states[event.endpoint] = .established
        case .connectRetried: states[event.endpoint] = nil
        case .disconnected:
            var wasEstablished = false
            if case .established = states[event.endpoint] { wasEstablished = true }
            states[event.endpoint] = .lost(wasEstablished: wasEstablished, isSettled: false)
        case .handshakeFailed, .other: break
        }
    }

    /// The endpoints lost since before the last call, each with whether its handshake had succeeded.
    mutating func takeLost() -> [String: Bool] {
        var lost: [String: Bool] = [:]
        for case (let endpoint, .lost(let wasEstablished, let isSettled)) in states {
            if isSettled {
                lost[endpoint] = wasEstablished
                states[endpoint] = nil
            } else {
                states[endpoint] = .lost(wasEstablished: wasEstablished, isSettled: true)
            }
        }
        return lost
    }
}

extension Socket {
    fileprivate borrowing func subscribe(toModels models: [String]) throws(ZeroMQError) {
        for model in models {
            for kind in Topic.Kind.allCases { try subscribe(to: Topic(kind, model).description) }
        }
    }
}
