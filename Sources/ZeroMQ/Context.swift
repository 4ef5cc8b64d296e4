import CZeroMQ

/// The I/O threads that sockets share. A context may be used from any thread; a socket from one.
///
/// Releasing the last reference waits until every socket of the context has been closed and what they still
/// have to send has gone, or their `linger` has passed.
@safe package final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    package init(ioThreads: Int = 1) {
        guard let handle = unsafe zmq_ctx_new() else {
            fatalError("libzmq has no memory or file descriptors for a context")
        }
        unsafe self.handle = handle
        unsafe zmq_ctx_set(handle, ZMQ_IO_THREADS, Int32(ioThreads))
    }

    deinit {
        while unsafe zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
    }

    /// Wakes every blocking call on the context's sockets; these and all later ones fail with `isShutdown`.
    package func shutdown() {
        unsafe zmq_ctx_shutdown(handle)
    }
}
