import CZeroMQ
import Glibc

/// One end of a conversation. It belongs to the thread that opened it.
@safe package struct Socket: ~Copyable {
    package enum Kind: Sendable {
        case publish, subscribe, push, pull, pair
        /// A publisher that also receives the subscriptions: a frame of 1 (or 0, on leaving) and the prefix.
        case publishSeeingSubscriptions

        fileprivate var constant: Int32 {
            switch self {
            case .publish: ZMQ_PUB
            case .publishSeeingSubscriptions: ZMQ_XPUB
            case .subscribe: ZMQ_SUB
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .pair: ZMQ_PAIR
            }
        }
    }

    let handle: UnsafeMutableRawPointer
    /// Keeps the context until the socket is closed: terminating it first would wait for ever.
    let context: Context

    package init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
        guard let handle = unsafe zmq_socket(context.handle, kind.constant) else {
            throw .last("open a socket")
        }
        unsafe (self.handle, self.context) = (handle, context)
    }

    deinit { unsafe zmq_close(handle) }
}

// MARK: - Endpoints

extension Socket {
    /// Offers the endpoint to others. An `ipc` path that something else occupies is refused rather than taken
    /// over, as libzmq would; a socket file that nobody listens on any more is removed.
    package borrowing func bind(to endpoint: String) throws(ZeroMQError) {
        if let path = IPCPath(endpoint: endpoint) { try path.prepareToBind() }
        try check(unsafe zmq_bind(handle, endpoint), "bind", endpoint)
    }

    /// Returns at once; the connection is made, and made again when it breaks, behind the scenes.
    package borrowing func connect(to endpoint: String) throws(ZeroMQError) {
        if let path = IPCPath(endpoint: endpoint) { try path.checkLength("connect to") }
        try check(unsafe zmq_connect(handle, endpoint), "connect to", endpoint)
    }

    package borrowing func disconnect(from endpoint: String) throws(ZeroMQError) {
        try check(unsafe zmq_disconnect(handle, endpoint), "disconnect from", endpoint)
    }

    package borrowing func unbind(from endpoint: String) throws(ZeroMQError) {
        try check(unsafe zmq_unbind(handle, endpoint), "unbind", endpoint)
    }

    /// The endpoint last bound or connected, with the port that a `tcp://…:*` was given.
    package borrowing func lastEndpoint() throws(ZeroMQError) -> String {
        var text = [CChar](repeating: 0, count: 512)
        var size = text.count
        try check(
            unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size), "read the endpoint of a socket")
        return String(decoding: text.prefix(max(0, size - 1)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

// MARK: - Options

extension Socket {
    package enum Option: Sendable {
        /// How many messages wait in a queue of the socket. To be set before there are connections: libzmq 4.3.4
        /// takes it later too, but a sender that waits for room at that moment then waits for ever.
        case receiveHighWaterMark, sendHighWaterMark
        /// The largest frame in bytes that a peer may send; it loses the connection for a larger one.
        case maximumFrameSize
        /// How many milliseconds closing waits to send what is queued.
        case linger
        /// A publisher waits (or says that it would) where it would else drop: `1` to switch on.
        case noDrop
        /// How many seconds of silence TCP takes before it probes, and between its probes.
        case keepAlive
        /// How many milliseconds a blocking send waits before it gives up.
        case sendTimeout
        /// Messages are queued only for peers that are there: `1` to switch on.
        case immediate
    }

    package borrowing func set(_ option: Option, to value: Int) throws(ZeroMQError) {
        switch option {
        case .receiveHighWaterMark: try set(ZMQ_RCVHWM, Int32(clamping: value))
        case .sendHighWaterMark: try set(ZMQ_SNDHWM, Int32(clamping: value))
        case .maximumFrameSize: try set(ZMQ_MAXMSGSIZE, Int64(value))
        case .linger: try set(ZMQ_LINGER, Int32(clamping: value))
        case .noDrop: try set(ZMQ_XPUB_NODROP, Int32(clamping: value))
        case .sendTimeout: try set(ZMQ_SNDTIMEO, Int32(clamping: value))
        case .immediate: try set(ZMQ_IMMEDIATE, Int32(clamping: value))
        case .keepAlive:
            try set(ZMQ_TCP_KEEPALIVE, Int32(1))
            try set(ZMQ_TCP_KEEPALIVE_IDLE, Int32(clamping: value))
            try set(ZMQ_TCP_KEEPALIVE_INTVL, Int32(clamping: value))
        }
    }

    private borrowing func set<Value: FixedWidthInteger>(_ name: Int32, _ value: Value) throws(ZeroMQError) {
        var value = value
        try check(
            unsafe zmq_setsockopt(handle, name, &value, MemoryLayout<Value>.size), "set a socket's option")
    }

    /// Asks for the messages whose first frame begins with `prefix`.
    package borrowing func subscribe(to prefix: String) throws(ZeroMQError) {
        let bytes = Array(prefix.utf8)
        try check(
            unsafe zmq_setsockopt(handle, ZMQ_SUBSCRIBE, bytes, bytes.count), "subscribe to '\(prefix)'")
    }
}

// MARK: - Messages

extension Socket {
    /// Waits until the frames are queued. `false` when they are not, because `wait` is `false` and the queue is
    /// full, or because `sendTimeout` has passed.
    @discardableResult
    package borrowing func send(_ frames: [[UInt8]], wait: Bool = true) throws(ZeroMQError) -> Bool {
        for (i, frame) in frames.enumerated() {
            let flags = (i + 1 < frames.count ? ZMQ_SNDMORE : 0) | (wait ? 0 : ZMQ_DONTWAIT)
            guard try send(frame, flags: flags) else { return false }
        }
        return true
    }

    private borrowing func send(_ frame: [UInt8], flags: Int32) throws(ZeroMQError) -> Bool {
        while unsafe zmq_send(handle, frame, frame.count, flags) < 0 {
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return false
            default: throw .last("send")
            }
        }
        return true
    }

    /// Replaces what `message` holds by the next message. `false` when there is none and `wait` is `false`.
    ///
    /// Frames past `maximumFrames` are received and dropped, all but one: `message.count` tells.
    @discardableResult
    package borrowing func receive(
        into message: inout Message, wait: Bool = true, maximumFrames: Int = .max
    ) throws(ZeroMQError) -> Bool {
        message.removeAll()
        while true {
            if message.count > maximumFrames { message.removeLast() }
            switch try unsafe message.receiveFrame(from: handle, flags: wait ? 0 : ZMQ_DONTWAIT) {
            case .frame(more: true): continue
            case .frame(more: false): return true
            case .nothing: return false
            }
        }
    }

    /// Waits at most so long for a message, and says whether there is one.
    package borrowing func wait(milliseconds: Int) throws(ZeroMQError) -> Bool {
        try wait(for: ZMQ_POLLIN, milliseconds, "wait for messages")
    }

    /// Waits at most so long for room to send, and says whether there is.
    package borrowing func waitForRoom(milliseconds: Int) throws(ZeroMQError) -> Bool {
        try wait(for: ZMQ_POLLOUT, milliseconds, "wait for room to send")
    }

    private borrowing func wait(
        for event: Int32, _ milliseconds: Int, _ operation: String
    ) throws(ZeroMQError) -> Bool {
        var item = unsafe zmq_pollitem_t(socket: handle, fd: 0, events: Int16(event), revents: 0)
        let ready = unsafe zmq_poll(&item, 1, milliseconds)
        guard ready < 0, zmq_errno() != EINTR else { return ready > 0 }
        throw .last(operation)
    }
}

private func check(_ result: Int32, _ operation: String, _ endpoint: String? = nil) throws(ZeroMQError) {
    guard result >= 0 else { throw .last(operation, endpoint) }
}
