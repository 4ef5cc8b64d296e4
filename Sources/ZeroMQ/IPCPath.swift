import Glibc

/// The file that an `ipc://` endpoint names.
struct IPCPath {
    /// What `sockaddr_un` has room for, its closing zero apart.
    static let longest = 107

    let endpoint: String
    let path: String

    /// `nil` for other transports, for `ipc://*` (libzmq picks a path) and for abstract names (`ipc://@name`).
    init?(endpoint: String) {
        guard endpoint.hasPrefix("ipc://") else { return nil }
        path = String(endpoint.dropFirst("ipc://".count))
        guard path != "*", !path.hasPrefix("@") else { return nil }
        self.endpoint = endpoint
    }

    func checkLength(_ operation: String) throws(ZeroMQError) {
        guard path.utf8.count > IPCPath.longest else { return }
        throw refusal(
            operation, ENAMETOOLONG, "the path has \(path.utf8.count) bytes, \(IPCPath.longest) are allowed")
    }

    /// libzmq deletes whatever is at the path, even a file of data or the socket of a live process. So look first.
    func prepareToBind() throws(ZeroMQError) {
        try checkLength("bind")
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw refusal(
                "bind", EEXIST, "there is a file at that path which is not a socket; it is left alone")
        }
        guard !isListenedTo else {
            throw refusal("bind", EADDRINUSE, "another process listens at that path")
        }
        unsafe unlink(path)
    }

    private func refusal(_ operation: String, _ code: Int32, _ reason: String) -> ZeroMQError {
        ZeroMQError(operation: operation, endpoint: endpoint, code: code, reason: reason)
    }

    /// A socket file outlives its process; only a connection tells whether someone is there.
    private var isListenedTo: Bool {
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { return true }
        defer { close(probe) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe connect(probe, rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 || errno == EAGAIN
    }
}
