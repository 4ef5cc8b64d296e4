import Crypto
import Foundation
import NIOCore
import Registry
import Synchronization

/// Tells a request that is sent again, because its answer was lost, from one that only looks the same: two
/// threads of a program may start a run in the same millisecond.
///
/// Who lost an answer lost the connection. So a request like another is its own when the other's connection is
/// open, be it the same or a different one.
final class RetriedRequests: Sendable {
    private struct Seen {
        var connection: any Channel
        var time: ContinuousClock.Instant
    }

    private static let memory = Duration.seconds(60)
    /// The end of a connection may be noticed after the request that follows it.
    private static let noticing = Duration.milliseconds(50)

    private let seen = Mutex<[String: Seen]>([:])

    /// The request's name where it may be one sent again, or be sent again; `nil` where it is its own.
    func name(of body: some DataProtocol, from sender: String, over connection: any Channel) async -> String?
    {
        let name = RetriedRequests.digest(of: body, from: sender)
        guard let first = note(name, connection), first.isActive else { return name }
        if first === connection { return nil }
        try? await Task.sleep(for: RetriedRequests.noticing)
        return first.isActive ? nil : name
    }

    /// - Returns: the connection that such a request came over first.
    private func note(_ name: String, _ connection: any Channel) -> (any Channel)? {
        let now = ContinuousClock.now
        return seen.withLock { seen in
            seen = seen.filter { now - $0.value.time < RetriedRequests.memory }
            defer { seen[name] = seen[name] ?? Seen(connection: connection, time: now) }
            return seen[name]?.connection
        }
    }

    private static func digest(of body: some DataProtocol, from sender: String) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(sender)\n".utf8))
        hash.update(data: body)
        return hash.finalize().hexadecimal
    }
}
