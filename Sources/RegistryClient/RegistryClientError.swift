import AsyncHTTPClient
package import Foundation
import Glibc
import NIOCore
import NIOPosix

/// Why a registry did not do what it was asked: which address, what failed, what to do.
package struct RegistryClientError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// Nobody answers.
        case unreachable
        /// No token, or one that does not count.
        case unauthenticated
        case notFound
        /// The world moved on: what the caller expected is no longer so.
        case conflict
        case refused
        /// Whoever answers is no registry of ours.
        case malformed
    }

    package var kind: Kind
    package var address: String
    package var reason: String

    package init(_ kind: Kind, _ address: String, _ reason: String) {
        (self.kind, self.address, self.reason) = (kind, address, reason)
    }

    package var description: String { "\(address): \(reason)" }
}

extension RegistryClientError {
    init(unreachable error: any Error, address: String) {
        switch RegistryClientError.code(of: error) {
        case ECONNREFUSED:
            self.init(
                .unreachable, address,
                "nobody listens there; start the registry with `leeway registry`, or name its address with "
                    + "--registry or LEEWAY_REGISTRY")
        default:
            self.init(
                .unreachable, address,
                "cannot be reached: \(RegistryClientError.words(for: error)); check --registry and "
                    + "LEEWAY_REGISTRY")
        }
    }

    private static func code(of error: any Error) -> CInt? {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError:
            error.connectionErrors.lazy.compactMap { code(of: $0.error) }.first
        default: nil
        }
    }

    private static func words(for error: any Error) -> String {
        switch error {
        case let error as HTTPClientError where error == .connectTimeout: "it did not answer in time"
        case let error as HTTPClientError where error == .deadlineExceeded: "it took too long to answer"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "it closed the connection"
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            "no such host \"\(error.host)\""
        case let error as NIOConnectionError: "\(error.connectionErrors[0].error)"
        default: "\(error)"
        }
    }

    /// What an answer says in either API's form of errors, or its bare status.
    package init(status: Int, body: Data, address: String, request: String) {
        let failure = try? JSONDecoder().decode(Failure.self, from: body)
        let message = failure?.message ?? failure?.error?.message
        switch status {
        case 401:
            self.init(
                .unauthenticated, address,
                "the registry wants a token; give --token-file, or set LEEWAY_TOKEN")
        case 404 where message != nil: self.init(.notFound, address, message ?? "")
        case 404:
            self.init(.malformed, address, "\(request): not found; does another server listen there?")
        case 409: self.init(.conflict, address, message ?? "\(request): conflict")
        default: self.init(.refused, address, message ?? "\(request): answered with status \(status)")
        }
    }

    private struct Failure: Decodable {
        struct Inner: Decodable { var message: String }

        var message: String?
        var error: Inner?
    }
}
