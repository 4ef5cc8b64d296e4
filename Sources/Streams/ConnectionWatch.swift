package import ZeroMQ

/// Tells a connection that libzmq will not make again by itself.
///
/// It tries again after whatever looks like the network, and says so at once; what looks like a peer that breaks
/// the protocol ends the session. A frame above ZMQ_MAXMSGSIZE does, too.
package struct ConnectionWatch {
    package enum Loss { case establishedConnection, handshake }

    private enum State: Equatable { case connecting, established, lost(Loss, isSettled: Bool) }
    private var state = State.connecting

    package init() {}

    package mutating func observe(_ event: SocketMonitor.Event.Kind) {
        switch event {
        case .connected, .connectRetried: state = .connecting
        case .handshakeSucceeded: state = .established
        case .disconnected:
            state = .lost(state == .established ? .establishedConnection : .handshake, isSettled: false)
        case .handshakeFailed, .other: break
        }
    }

    /// What was lost before the last call, and since then has not been announced to be tried again.
    package mutating func takeLoss() -> Loss? {
        guard case .lost(let loss, let isSettled) = state else { return nil }
        state = isSettled ? .connecting : .lost(loss, isSettled: true)
        return isSettled ? loss : nil
    }
}
