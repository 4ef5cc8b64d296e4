import Crypto
import Foundation
import NIOCore
import Registry
import Synchronization

/// Tells a request that is sent again, because its answer was lost, from one that only looks the same: two
/// threads of a program may start a run in the same millisecond.
///
/// Who lost an answer lost the connection. So a request like another is its own while the other's connection is
/// open, be it the same connection or not.
final class RetriedRequests: Sendable {
    private struct Seen {
        var connection: any Channel
        var time: ContinuousClock.Instant
    }

    private struct Memory {
        var seen: [String: Seen] = [:]
        var swept = ContinuousClock.now
    }

    private static let memory = Duration.seconds(60)
    /// The end of a connection may be noticed after the request that follows it.
    private static let noticing = Duration.milliseconds(50)

    private let memory = Mutex(Memory())

    func identify(
        _ body: some DataProtocol, from sender: String, over connection: any Channel
    ) async -> CreationRequest {
        let name = RetriedRequests.digest(of: body, from: sender)
        guard let last = note(name, connection), last.isActive else {
            return CreationRequest(name: name, mayBeRepeated: true)
        }
        if last !== connection { try? await Task.sleep(for: RetriedRequests.noticing) }
        return CreationRequest(name: name, mayBeRepeated: !last.isActive)
    }

    /// - Returns: the connection that such a request came over last.
    private func note(_ name: String, _ connection: any Channel) -> (any Channel)? {
        let now = ContinuousClock.now
        return memory.withLock { memory in
            if now - memory.swept > RetriedRequests.memory {
                memory.seen = memory.seen.filter { now - $0.value.time < RetriedRequests.memory }
                memory.swept = now
            }
            defer { memory.seen[name] = Seen(connection: connection, time: now) }
            return memory.seen[name]?.connection
        }
    }

    private static func digest(of body: some DataProtocol, from sender: String) -> String {
        var hash = SHA256()
        hash.update(data: Data("\(sender)\n".utf8))
        hash.update(data: body)
        return hash.finalize().hexadecimal
    }
}
