import FoundationEssentials
import Synchronization

/// What happens in this process, told to all who listen by server-sent events.
///
/// Each event has an id, and the newest are remembered, so that who comes back is told what was missed. Nobody is waited
/// for: a listener that falls too far behind is let go.
package final class EventFeed: Sendable {
    /// Events that are remembered, and that may wait for one listener.
    static let capacity = 256
    static let mostListeners = 64

    struct Listener: Sendable {
        fileprivate let number: UInt64
        /// Pieces of the stream, ready to be sent; it ends when the listener is let go.
        let pieces: AsyncStream<[UInt8]>
    }

    private struct State {
        var last: UInt64 = 0
        /// With ids up to `last`, one after the other.
        var recent: [[UInt8]] = []
        var lastListener: UInt64 = 0
        var listeners:
            [UInt64: (continuation: AsyncStream<[UInt8]>.Continuation, leave: @Sendable () -> Void)] =
                [:]
    }

    /// Tells this process's ids from those of another's, or of this one before it was started again.
    private let life: String
    private let state = Mutex(State())

    package init() { life = String(UInt64.random(in: .min ... .max), radix: 16) }

    package var hasListeners: Bool { state.withLock { !$0.listeners.isEmpty } }

    var isFull: Bool { state.withLock { $0.listeners.count >= EventFeed.mostListeners } }

    // MARK: Telling

    /// - Parameter isKept: whether who comes back is told of it.
    package func publish(_ name: String, _ value: some Encodable, isKept: Bool = true) {
        guard let data = try? EventFeed.encoder.encode(value) else { return assertionFailure("\(value)") }
        state.withLock { state in
            guard isKept else { return tell(EventFeed.piece(name, data, id: nil), &state) }
            state.last += 1
            let piece = EventFeed.piece(name, data, id: "\(life)-\(state.last)")
            state.recent = state.recent.suffix(EventFeed.capacity - 1) + [piece]
            tell(piece, &state)
        }
    }

    /// A sign of life, for proxies, and to find out who is gone.
    func beat() { state.withLock { tell(Array(": still here\n\n".utf8), &$0) } }

    private func tell(_ piece: [UInt8], _ state: inout State) {
        for (number, listener) in state.listeners {
            guard case .dropped = listener.continuation.yield(piece) else { continue }
            listener.continuation.finish()
            listener.leave()
            state.listeners[number] = nil
        }
    }

    /// One line of data: JSON escapes what would end it.
    private static func piece(_ name: String, _ data: Data, id: String?) -> [UInt8] {
        let head = (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: "
        return Array(head.utf8) + data + Array("\n\n".utf8)
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    // MARK: Listening

    /// - Parameters:
    ///   - lastID: of the last event that the listener knows, from an earlier time; `nil` of one who is new.
    ///   - leave: called when the listener is let go since it cannot keep up. It may be stuck in sending.
    /// - Returns: `nil` when there are too many already.
    func listen(after lastID: String?, leave: @escaping @Sendable () -> Void) -> Listener? {
        let (pieces, continuation) = AsyncStream.makeStream(
            of: [UInt8].self, bufferingPolicy: .bufferingOldest(2 * EventFeed.capacity))
        return state.withLock { state in
            guard state.listeners.count < EventFeed.mostListeners else { return nil }
            state.lastListener += 1
            state.listeners[state.lastListener] = (continuation, leave)
            continuation.yield(Array("retry: 2000\n\n".utf8))
            for piece in missed(since: lastID, state) { continuation.yield(piece) }
            return Listener(number: state.lastListener, pieces: pieces)
        }
    }

    private func missed(since lastID: String?, _ state: State) -> [[UInt8]] {
        guard let lastID else { return [] }
        let oldest = state.last - UInt64(state.recent.count)
        guard let known = number(in: lastID), (oldest...state.last).contains(known) else {
            return [EventFeed.piece("reset", Data("{}".utf8), id: "\(life)-\(state.last)")]
        }
        return Array(state.recent.suffix(Int(state.last - known)))
    }

    /// `nil` of another process's id.
    private func number(in id: String) -> UInt64? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == life else { return nil }
        return UInt64(parts[1])
    }

    func leave(_ listener: Listener) { state.withLock { $0.listeners[listener.number] = nil } }
}
