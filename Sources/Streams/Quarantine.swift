package import Drift
import Synchronization

/// Keeps the newest messages that could not be read, so that their publisher can be mended.
///
/// Bounded in messages and in bytes; the first of each topic and reason in a minute is also reported.
package final class Quarantine: Sendable {
    package struct Limits: Equatable, Sendable {
        package var messages = 1000
        /// Of frames, in all messages together. Of a message too large by itself only the reason is kept.
        package var bytes = 16 << 20

        package init() {}
    }

    private let limits: Limits
    private let report: @Sendable (QuarantinedMessage) -> Void
    private let state = Mutex(State())

    /// - Parameter report: called on the receiving thread, so it may not block.
    package init(limits: Limits = Limits(), report: @escaping @Sendable (QuarantinedMessage) -> Void) {
        (self.limits, self.report) = (limits, report)
    }

    /// Newest first.
    package var messages: [QuarantinedMessage] { state.withLock { $0.messages.reversed() } }

    package func add(_ message: QuarantinedMessage) {
        let isFirst = state.withLock { $0.add(message, limits) }
        if isFirst { report(message) }
    }
}

private struct State {
    /// Oldest first. Those before `first` have gone; their room is reclaimed when it is half of all.
    private var slots: [QuarantinedMessage?] = []
    private var first = 0
    private var bytes = 0
    private var reports = ReportLimiter()

    var messages: [QuarantinedMessage] { slots[first...].compactMap(\.self) }

    /// Returns whether the message is to be reported.
    mutating func add(_ message: QuarantinedMessage, _ limits: Quarantine.Limits) -> Bool {
        var kept = message
        if kept.byteCount > limits.bytes { kept.frames = [] }
        slots.append(kept)
        bytes += kept.byteCount
        while slots.count - first > limits.messages || bytes > limits.bytes { removeOldest() }
        return reports.allows(message.topic, message.reason, at: message.received)
    }

    private mutating func removeOldest() {
        bytes -= slots[first]?.byteCount ?? 0
        slots[first] = nil
        first += 1
        guard 2 * first > slots.count else { return }
        slots.removeFirst(first)
        first = 0
    }
}

/// Lets one report a minute through for each topic and reason.
private struct ReportLimiter {
    private static let interval: Int64 = 60_000_000_000
    /// Topics are the sender's to choose: past so many in a minute, the rest go unreported.
    private static let maximumKeys = 1024

    private struct Key: Hashable { var topic, reason: String }
    private var last: [Key: Timestamp] = [:]

    mutating func allows(_ topic: String, _ reason: String, at time: Timestamp) -> Bool {
        let key = Key(topic: topic, reason: reason)
        if let last = last[key], time < last.advanced(by: ReportLimiter.interval) { return false }
        if last.count >= ReportLimiter.maximumKeys {
            last = last.filter { time < $0.value.advanced(by: ReportLimiter.interval) }
            guard last.count < ReportLimiter.maximumKeys else { return false }
        }
        last[key] = time
        return true
    }
}

extension QuarantinedMessage {
    fileprivate var byteCount: Int { frames.reduce(0) { $0 + $1.count } }
}
