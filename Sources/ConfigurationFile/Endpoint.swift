/// Where a ZeroMQ socket binds or connects.
package enum Endpoint: Hashable, Sendable {
    case tcp(NetworkAddress)
    /// A socket file's path, or `@name` for one in Linux's abstract namespace.
    case ipc(path: String)

    /// Nothing outside this machine can reach it.
    package var isLocal: Bool {
        switch self {
        case .tcp(let address): address.isLoopback
        case .ipc: true
        }
    }
}

extension Endpoint: ConfigurationText, CustomStringConvertible {
    package static var form: String {
        "an endpoint such as \"tcp://127.0.0.1:5556\" or \"ipc:///run/leeway.sock\""
    }

    package init(configuration text: String) throws(MalformedText) {
        if text.hasPrefix("tcp://"),
            let address = try? NetworkAddress(configuration: String(text.dropFirst(6)))
        {
            guard address.port > 0 else {
                throw MalformedText("a ZeroMQ endpoint needs a port, found \"\(text)\"")
            }
            self = .tcp(address)
        } else if text.hasPrefix("ipc://"), text.utf8.count > 6 {
            self = .ipc(path: String(text.dropFirst(6)))
        } else {
            throw .expected(Endpoint.form, found: text)
        }
    }

    /// As libzmq is told.
    package var description: String {
        switch self {
        case .tcp(let address): "tcp://\(address)"
        case .ipc(let path): "ipc://\(path)"
        }
    }
}

extension Endpoint {
    /// The longest path of a socket file: `sockaddr_un` has 108 bytes, the last one is 0.
    private static let longestPath = 107

    /// The same endpoint with an `ipc` path resolved against a folder, unless the path is too long.
    func resolved(_ resolve: (String) -> String) throws(MalformedText) -> Endpoint {
        guard case .ipc(let path) = self, !path.hasPrefix("@") else { return self }
        let resolved = resolve(path)
        guard resolved.utf8.count <= Endpoint.longestPath else {
            throw MalformedText(
                "the path of an ipc endpoint has at most \(Endpoint.longestPath) bytes, "
                    + "\"\(resolved)\" has \(resolved.utf8.count)")
        }
        return .ipc(path: resolved)
    }
}
