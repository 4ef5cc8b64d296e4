import CZeroMQ
import Glibc

/// Waits for several sockets at once. They have to outlive it, and belong to its thread.
@safe package struct Poller: ~Copyable {
    private var items: [zmq_pollitem_t] = unsafe []

    package init() {}

    package mutating func add(_ socket: borrowing Socket) {
        unsafe items.append(
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
    }

    package mutating func add(_ monitor: borrowing SocketMonitor) { add(monitor.socket) }

    /// Returns as soon as one of them has something to receive, and after so long at the latest.
    package mutating func wait(milliseconds: Int) throws(ZeroMQError) {
        let ready = unsafe zmq_poll(&items, Int32(items.count), milliseconds)
        guard ready < 0, zmq_errno() != EINTR else { return }
        throw .last("wait for messages")
    }
}
