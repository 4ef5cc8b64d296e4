import Glibc
import NIOCore

/// Why a console cannot listen.
package enum ConsoleError: Error, Equatable, Sendable {
    /// Whose address it is: the process, and its section of the configuration.
    package enum Owner: String, Sendable {
        case agent, registry
    }

    /// Another process listens on the address.
    case addressInUse(address: String, owner: Owner)
    /// No address of this machine, or a name that leads nowhere.
    case noSuchAddress(address: String, owner: Owner)
    /// A port below 1024, for an ordinary user.
    case notPermitted(address: String, owner: Owner)
    case failed(address: String, reason: String)
}

extension ConsoleError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .addressInUse(let address, let owner):
            "cannot listen on \(address): another process does, perhaps another \(owner.rawValue); "
                + "stop it, or choose another port with \(owner.setting)"
        case .noSuchAddress(let address, let owner):
            "cannot listen on \(address): this machine has no such address; "
                + "choose 127.0.0.1, or 0.0.0.0 for all, with \(owner.setting)"
        case .notPermitted(let address, let owner):
            "cannot listen on \(address): permission denied; choose a port from 1024 on with \(owner.setting)"
        case .failed(let address, let reason):
            "cannot listen on \(address): \(reason)"
        }
    }
}

extension ConsoleError.Owner {
    fileprivate var setting: String {
        switch self {
        case .agent: "http under [agent]"
        case .registry: "http under [registry], or --http"
        }
    }
}

extension ConsoleError {
    init(_ error: any Error, address: String, owner: Owner) {
        switch error {
        case let error as IOError:
            self.init(code: error.errnoCode, address: address, owner: owner, reason: "\(error)")
        case is SocketAddressError.UnknownHost: self = .noSuchAddress(address: address, owner: owner)
        default: self = .failed(address: address, reason: "\(error)")
        }
    }

    private init(code: CInt, address: String, owner: Owner, reason: String) {
        switch code {
        case EADDRINUSE: self = .addressInUse(address: address, owner: owner)
        case EADDRNOTAVAIL: self = .noSuchAddress(address: address, owner: owner)
        case EACCES, EPERM: self = .notPermitted(address: address, owner: owner)
        default: self = .failed(address: address, reason: reason)
        }
    }
}
