import Glibc
import ZeroMQ

/// The socket of one endpoint, kept in working order: a connection that libzmq gave up on is made anew.
///
/// Several endpoints could share a socket, but its monitor names them by addresses that change as their names are
/// resolved; with a socket each there is no doubt whose connection it was.
final class ReceivingSocket {
    /// Messages wait in a queue of at most so many, whatever their size; and of at least so many.
    static let queueLengths = 64...100_000

    /// As bound, the port filled in; as configured where connected.
    let endpoint: String
    private let socket: Socket
    private var monitor: SocketMonitor
    private let configuration: ReceiverConfiguration
    private var connection = ConnectionWatch()

    init(
        _ endpoint: String, _ configuration: ReceiverConfiguration, models: [String], in context: Context
    ) throws(ZeroMQError) {
        let socket = try ReceivingSocket.unconnected(configuration, models, context)
        let monitor = try SocketMonitor(of: socket)
        self.endpoint = try socket.open(endpoint, configuration.mode)
        self.configuration = configuration
        self.socket = socket
        self.monitor = monitor
    }

    /// No ZMQ_HEARTBEAT: on a subscriber whose queue is full it aborts the process (libzmq issue 4767).
    private static func unconnected(
        _ configuration: ReceiverConfiguration, _ models: [String], _ context: Context
    ) throws(ZeroMQError) -> Socket {
        let socket = try Socket(configuration.socket == .sub ? .subscribe : .pull, in: context)
        try socket.set(.linger, to: 0)
        try socket.set(.keepAlive, to: 30)
        try socket.set(.maximumFrameSize, to: configuration.limits.messageBytes)
        try socket.set(.receiveHighWaterMark, to: queueLength(configuration))
        if configuration.socket == .sub { try socket.subscribe(toModels: models) }
        return socket
    }

    /// The budget's worth of messages of the size expected. It has to be right from the start: libzmq takes a new
    /// length on open connections, but a sender that waits for room at that moment is never woken (4.3.4), because
    /// it is told of what has been read at multiples of half the length, and the multiples have changed.
    private static func queueLength(_ configuration: ReceiverConfiguration) -> Int {
        let bytes = configuration.receiveBudget / configuration.endpoints.count
        let messages = bytes / max(1, configuration.expectedMessageBytes)
        return min(queueLengths.upperBound, max(queueLengths.lowerBound, messages))
    }

    /// The next message, if there is one.
    func receive(into message: inout Message) throws(ZeroMQError) -> Bool {
        try socket.receive(into: &message, wait: false, maximumFrames: configuration.limits.columns + 3)
    }

    func join(_ poller: inout Poller) {
        poller.add(socket)
        poller.add(monitor)
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
