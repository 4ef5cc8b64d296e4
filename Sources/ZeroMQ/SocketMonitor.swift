import CZeroMQ

/// What happens to the connections of a socket, as it happens. It belongs to the thread of the socket.
package struct SocketMonitor: ~Copyable {
    package struct Event: Equatable, Sendable {
        package enum Kind: Equatable, Sendable {
            case connected, handshakeSucceeded, handshakeFailed, disconnected
            /// libzmq will connect again by itself. A disconnection that this does not follow is for good.
            case connectRetried
            case other
        }

        package var kind: Kind
        package var endpoint: String
    }

    let socket: Socket
    private var message = Message()

    /// Watches from now on. A socket has one monitor at most.
    package init(of watched: borrowing Socket) throws(ZeroMQError) {
        let endpoint = unsafe "inproc://monitor-\(UInt(bitPattern: watched.handle))"
        guard unsafe zmq_socket_monitor(watched.handle, endpoint, ZMQ_EVENT_ALL) == 0 else {
            throw .last("watch a socket")
        }
        let pair = try Socket(.pair, in: watched.context)
        try pair.set(.linger, to: 0)
        try pair.connect(to: endpoint)
        socket = pair
    }

    /// The next event that has happened, or `nil`.
    package mutating func nextEvent() throws(ZeroMQError) -> Event? {
        guard try socket.receive(into: &message, wait: false), message.count >= 2 else { return nil }
        let number = message.withFrame(0) { bytes in
            bytes.byteCount < 2 ? 0 : unsafe bytes.unsafeLoadUnaligned(as: UInt16.self)
        }
        let endpoint = message.withFrame(1) { bytes in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        return Event(kind: .init(Int32(number)), endpoint: endpoint)
    }
}

extension SocketMonitor.Event.Kind {
    fileprivate init(_ number: Int32) {
        switch number {
        case ZMQ_EVENT_CONNECTED: self = .connected
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL,
            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            self = .handshakeFailed
        case ZMQ_EVENT_DISCONNECTED: self = .disconnected
        case ZMQ_EVENT_CONNECT_RETRIED: self = .connectRetried
        default: self = .other
        }
    }
}
