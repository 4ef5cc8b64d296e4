import Drift
import Streams

/// Keeps what it is handed, for a test to look at.
struct Recorder: RowConsumer {
    private(set) var batches: [RowBatch] = []
    private(set) var missed = 0
    private(set) var lateJoins = 0
    private(set) var ends = 0
    private(set) var ticks = 0

    mutating func consume(_ batch: borrowing RowBatch, arrival: Timestamp) { batches.append(copy batch) }
    mutating func missed(messages: Int) { missed += messages }
    mutating func joinedLate() { lateJoins += 1 }
    mutating func streamEnded(arrival: Timestamp) { ends += 1 }
    mutating func tick(now: Timestamp) { ticks += 1 }

    var rows: Int { batches.reduce(0) { $0 + $1.count } }
}

extension StreamReceiver<Recorder> {
    /// Waits until the model's counters satisfy the condition, or for five seconds; returns them.
    @discardableResult
    func counters(of model: String, when condition: (StreamCounters) -> Bool) async throws -> StreamCounters {
        for _ in 0..<500 {
            let counters = try counters(of: model) ?? { throw CancellationError() }()
            if condition(counters) { return counters }
            try await Task.sleep(for: .milliseconds(10))
        }
        return counters(of: model) ?? StreamCounters()
    }
}

extension StreamCounters {
    var balances: Bool { received == decoded + rejected.values.reduce(0, +) }
}
