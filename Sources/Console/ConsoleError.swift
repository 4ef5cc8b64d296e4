import Glibc
import NIOCore

/// Why the console cannot listen.
package enum ConsoleError: Error, Equatable, Sendable {
    /// Another process listens on the address.
    case addressInUse(address: String)
    /// No address of this machine, or a name that leads nowhere.
    case noSuchAddress(address: String)
    /// A port below 1024, for an ordinary user.
    case notPermitted(address: String)
    case failed(address: String, reason: String)
}

extension ConsoleError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse(let address):
            "cannot listen on \(address): another process does, perhaps another agent; "
                + "stop it, or choose another port with http under [agent]"
        case .noSuchAddress(let address):
            "cannot listen on \(address): this machine has no such address; "
                + "choose 127.0.0.1, or 0.0.0.0 for all, with http under [agent]"
        case .notPermitted(let address):
            "cannot listen on \(address): permission denied; choose a port from 1024 on with http under [agent]"
        case .failed(let address, let reason):
            "cannot listen on \(address): \(reason)"
        }
    }
}

extension ConsoleError {
    init(_ error: any Error, address: String) {
        switch error {
        case let error as IOError: self.init(code: error.errnoCode, address: address, reason: "\(error)")
        case is SocketAddressError.UnknownHost: self = .noSuchAddress(address: address)
        default: self = .failed(address: address, reason: "\(error)")
        }
    }

    private init(code: CInt, address: String, reason: String) {
        switch code {
        case EADDRINUSE: self = .addressInUse(address: address)
        case EADDRNOTAVAIL: self = .noSuchAddress(address: address)
        case EACCES, EPERM: self = .notPermitted(address: address)
        default: self = .failed(address: address, reason: reason)
        }
    }
}
