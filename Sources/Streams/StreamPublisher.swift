package import ZeroMQ

/// Publishes the messages of one model, numbered, with a beacon each second. It belongs to one thread.
package struct StreamPublisher: ~Copyable {
    package enum SocketKind: String, CaseIterable, Sendable {
        /// Waits for a subscriber that falls behind rather than dropping: a replay loses nothing on its side.
        case pub
        case push
    }

    private static var beaconNanoseconds: Int64 { 1_000_000_000 }

    /// As bound, with the port that `tcp://…:*` was given.
    package let endpoint: String
    private let socket: Socket
    private let kind: SocketKind
    private let model: String
    private let epoch: UInt64
    private var sequences: [Topic.Kind: UInt64] = [:]
    private var nextBeacon = monotonicNanoseconds() + beaconNanoseconds

    /// - Parameters:
    ///   - epoch: new at each start.
    ///   - lingerMilliseconds: how long closing waits for what is still queued.
    package static func open(
        _ kind: SocketKind, _ mode: ReceiverConfiguration.Mode, endpoint: String, model: String,
        epoch: UInt64 = .random(in: 1 ... .max), lingerMilliseconds: Int = 30_000,
        context: Context = Context()
    ) throws(ZeroMQError) -> StreamPublisher {
        let socket = try Socket(kind == .pub ? .publishSeeingSubscriptions : .push, in: context)
        try socket.set(.linger, to: lingerMilliseconds)
        try socket.set(.keepAlive, to: 30)
        if kind == .pub { try socket.set(.noDrop, to: 1) } else { try socket.set(.immediate, to: 1) }
        switch mode {
        case .bind: try socket.bind(to: endpoint)
        case .connect: try socket.connect(to: endpoint)
        }
        let opened = mode == .bind ? try socket.lastEndpoint() : endpoint
        return StreamPublisher(socket, kind, opened, model, epoch)
    }

    private init(
        _ socket: consuming Socket, _ kind: SocketKind, _ endpoint: String, _ model: String, _ epoch: UInt64
    ) {
        self.socket = socket
        (self.kind, self.endpoint, self.model, self.epoch) = (kind, endpoint, model, epoch)
    }

    /// Publishing before anyone has subscribed loses the messages, and pushing before anyone pulls blocks. Returns
    /// whether someone does, in time.
    package borrowing func waitForSubscriber(milliseconds: Int) throws(ZeroMQError) -> Bool {
        guard kind == .pub else { return try socket.waitForRoom(milliseconds: milliseconds) }
        let topic = Array(Topic(.beacon, model).description.utf8)
        let deadline = monotonicNanoseconds() + Int64(milliseconds) * 1_000_000
        var message = Message()
        while case let left = (deadline - monotonicNanoseconds()) / 1_000_000, left > 0 {
            guard try socket.wait(milliseconds: Int(left)) else { continue }
            guard try socket.receive(into: &message, wait: false) else { continue }
            let subscription = message.copy().first ?? []
            if subscription.first == 1 && topic.starts(with: subscription.dropFirst()) { return true }
        }
        return false
    }

    /// Sends one message; waits while the queue is full.
    /// - Parameter frames: the body, and behind it the binary tensors.
    package mutating func publish(_ kind: Topic.Kind, _ frames: [[UInt8]]) throws(ZeroMQError) {
        let sequence = sequences[kind, default: 0] + 1
        let head = [
            Array(Topic(kind, model).description.utf8), SequenceFrame(epoch: epoch, sequence: sequence).bytes,
        ]
        try socket.send(head + frames)
        sequences[kind] = sequence
        try beaconIfDue()
    }

    package mutating func publish(_ messages: [MessageEncoder.Encoded]) throws(ZeroMQError) {
        for message in messages { try publish(message.kind, message.frames) }
    }

    /// Sends a beacon if the last is a second ago. Publishing does so by itself; for those who pause.
    package mutating func beaconIfDue() throws(ZeroMQError) {
        let now = monotonicNanoseconds()
        guard now >= nextBeacon else { return }
        nextBeacon = now + Self.beaconNanoseconds
        try sendBeacon()
    }

    /// Says that the stream ends here.
    package consuming func end() throws(ZeroMQError) { try sendBeacon(isEnd: true) }

    private func sendBeacon(isEnd: Bool = false) throws(ZeroMQError) {
        let beacon = Beacon(epoch: epoch, sequences: sequences, isEnd: isEnd)
        try socket.send([Array(Topic(.beacon, model).description.utf8), Array(beacon.json.utf8)])
    }
}
