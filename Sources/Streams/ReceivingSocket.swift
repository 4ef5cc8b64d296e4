import Glibc
import ZeroMQ

/// The socket of one endpoint, kept in working order: its queue follows the size of the messages, and a connection
/// that libzmq gave up on is made anew.
///
/// Several endpoints could share a socket, but its monitor names them by addresses that change as their names are
/// resolved; with a socket each there is no doubt whose connection it was.
final class ReceivingSocket {
    /// What waits for one read in the queues: never more messages than this, whatever their size.
    static let longestQueue = 100_000
    static let shortestQueue = 64
    /// Assumed until messages have been seen.
    static let typicalMessageBytes = 16 << 10
    /// libzmq's own bookkeeping for a frame.
    static let frameOverhead = 64

    /// As bound, the port filled in; as configured where connected.
    let endpoint: String
    private let socket: Socket
    private var monitor: SocketMonitor
    private let configuration: ReceiverConfiguration
    private var connection = ConnectionWatch()
    private var queueLength: Int
    private var recentBytes = 0
    private var recentMessages = 0

    init(
        _ endpoint: String, _ configuration: ReceiverConfiguration, models: [String], in context: Context
    ) throws(ZeroMQError) {
        let queueLength = ReceivingSocket.queueLength(
            configuration, messageBytes: ReceivingSocket.typicalMessageBytes)
        let socket = try ReceivingSocket.unconnected(configuration, models, queueLength, context)
        let monitor = try SocketMonitor(of: socket)
        self.endpoint = try socket.open(endpoint, configuration.mode)
        (self.configuration, self.queueLength) = (configuration, queueLength)
        self.socket = socket
        self.monitor = monitor
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

    /// The next message, if there is one.
    func receive(into message: inout Message) throws(ZeroMQError) -> Bool {
        let maximumFrames = configuration.limits.columns + 3
        guard try socket.receive(into: &message, wait: false, maximumFrames: maximumFrames) else {
            return false
        }
        recentMessages += 1
        recentBytes += message.size + message.count * ReceivingSocket.frameOverhead
        return true
    }

    func join(_ poller: inout Poller) {
        poller.add(socket)
        poller.add(monitor)
    }
}

// MARK: - The queue

extension ReceivingSocket {
    private static func queueLength(_ configuration: ReceiverConfiguration, messageBytes: Int) -> Int {
        min(
            longestQueue,
            max(
                shortestQueue,
                configuration.receiveBudget / configuration.endpoints.count / max(1, messageBytes)))
    }

    /// Sizes the queue for messages like those received since the last call. It takes effect on open connections.
    func adaptQueue() throws(ZeroMQError) {
        guard recentMessages > 0 else { return }
        let length = ReceivingSocket.queueLength(configuration, messageBytes: recentBytes / recentMessages)
        (recentBytes, recentMessages) = (0, 0)
        guard length > queueLength + queueLength / 4 || length < queueLength - queueLength / 4 else { return }
        try socket.set(.receiveHighWaterMark, to: length)
        queueLength = length
    }
}

// MARK: - Connections

extension ReceivingSocket {
    /// Connects again if the connection had ended for good, and returns whether a frame above the limit was why.
    func heal() throws(ZeroMQError) -> Bool {
        while let event = try monitor.nextEvent() { connection.observe(event.kind) }
        guard configuration.mode == .connect, let loss = connection.takeLoss() else { return false }
        do {
            try socket.disconnect(from: endpoint)
        } catch  where error.code == ENOENT {
            // libzmq has forgotten it already.
        }
        try socket.connect(to: endpoint)
        return loss == .establishedConnection
    }
}

extension Socket {
    /// Returns the endpoint as opened.
    fileprivate borrowing func open(
        _ endpoint: String, _ mode: ReceiverConfiguration.Mode
    ) throws(ZeroMQError) -> String {
        switch mode {
        case .bind:
            try bind(to: endpoint)
            return try lastEndpoint()
        case .connect:
            try connect(to: endpoint)
            return endpoint
        }
    }

    fileprivate borrowing func subscribe(toModels models: [String]) throws(ZeroMQError) {
        for model in models {
            for kind in Topic.Kind.allCases { try subscribe(to: Topic(kind, model).description) }
        }
    }
}
