import Drift
import ZeroMQ

/// The books of one stream of messages: what came, what could be read, and the rest by reason and in quarantine.
struct StreamTally {
    private(set) var counters = StreamCounters()
    private let quarantine: Quarantine
    /// Something was counted since `takeChange` was last called.
    private var isChanged = false

    init(quarantine: Quarantine) { self.quarantine = quarantine }

    mutating func received() {
        counters.received += 1
        isChanged = true
    }

    mutating func decoded() { counters.decoded += 1 }

    mutating func count(_ batch: borrowing RowBatch) {
        let rows = UInt64(batch.count)
        if batch.parts.contains(.features) { counters.rows += rows }
        if batch.parts.contains(.predictions) { counters.predictions += rows }
        if batch.parts.contains(.labels) { counters.labels += rows }
    }

    mutating func count(_ observation: SequenceTracker.Observation) {
        switch observation {
        case .missed(let messages): counters.missed = counters.missed.addingSaturated(messages)
        case .recovered: counters.missed -= min(1, counters.missed)
        case .duplicate: counters.duplicate += 1
        case .joined(late: true): counters.joinedLate += 1
        case .joined(late: false), .inOrder: break
        }
        isChanged = true
    }

    mutating func reject(_ message: borrowing Message, _ rejection: Rejection, arrival: Timestamp) {
        let topic = message.withFrame(0) { (bytes) in
            unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0.prefix(1024), as: UTF8.self) }
        }
        reject(topic: topic, frames: message.copy(), rejection, arrival: arrival)
    }

    /// For what was lost before its frames, or even its topic, could be seen.
    mutating func reject(topic: String, frames: [[UInt8]], _ rejection: Rejection, arrival: Timestamp) {
        counters.rejected[rejection.reason.rawValue, default: 0] += 1
        quarantine.add(
            QuarantinedMessage(
                received: arrival, topic: topic, reason: rejection.reason.rawValue, detail: rejection.detail,
                frames: frames))
    }

    mutating func takeChange() -> StreamCounters? {
        defer { isChanged = false }
        return isChanged ? counters : nil
    }
}
