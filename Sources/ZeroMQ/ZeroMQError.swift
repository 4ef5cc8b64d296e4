import CZeroMQ
import Glibc

/// A call of libzmq that failed: what was attempted, on what, and why it did not work.
package struct ZeroMQError: Error, Equatable, CustomStringConvertible {
    /// The verb of the sentence: "bind", "connect", "receive", …
    package var operation: String
    package var endpoint: String?
    /// The `errno` of the call.
    package var code: Int32
    /// Why, in plain language.
    package var reason: String

    package init(operation: String, endpoint: String? = nil, code: Int32, reason: String) {
        (self.operation, self.endpoint, self.code, self.reason) = (operation, endpoint, code, reason)
    }

    package var description: String {
        "cannot \(operation)\(endpoint.map { " \($0)" } ?? ""): \(reason)"
    }

    /// The context was shut down: the thread that owns the socket should close it and end.
    package var isShutdown: Bool { code == ETERM }
}

extension ZeroMQError {
    /// The failure that `errno` tells of. Call it before anything else can set `errno`.
    static func last(_ operation: String, _ endpoint: String? = nil) -> ZeroMQError {
        let code = zmq_errno()
        let reason = unsafe plainReasons[code] ?? String(cString: zmq_strerror(code))
        return ZeroMQError(operation: operation, endpoint: endpoint, code: code, reason: reason)
    }

    private static let plainReasons: [Int32: String] = [
        EADDRINUSE: "the address is already in use",
        EADDRNOTAVAIL: "no interface of this machine has that address",
        EACCES: "permission denied",
        ENODEV: "no interface of this machine has that name or address",
        EPROTONOSUPPORT: "the transport is not one of tcp, ipc and inproc",
        EINVAL: "the endpoint is malformed (it should read like tcp://127.0.0.1:5556 or ipc:///run/a.sock)",
        ETERM: "the context was shut down",
    ]
}
