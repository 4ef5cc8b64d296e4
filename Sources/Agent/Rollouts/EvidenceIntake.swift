import Drift
import Synchronization

/// Rows of one message, with their answers and without their inputs.
struct ServedRows: Sendable {
    let rows: RowBatch
    /// The wall clock when the message came.
    let arrival: Timestamp

    /// - Returns: `nil` of rows that say nothing of who was served, or when.
    init?(_ batch: borrowing RowBatch, arrival: Timestamp) {
        let isAnswered = batch.parts.contains(.predictions) || !batch.errors.isEmpty
        guard isAnswered || batch.parts.contains(.features) && !batch.ids.isEmpty else { return nil }
        var rows = RowBatch()
        (rows.parts, rows.count, rows.modelVersion) = (batch.parts, batch.count, batch.modelVersion)
        (rows.ids, rows.times, rows.units) = (batch.ids, batch.times, batch.units)
        (rows.latencies, rows.errors) = (batch.latencies, batch.errors)
        rows.columns = batch.columns.filter { $0.part == .predictions }
        (self.rows, self.arrival) = (rows, arrival)
    }

    /// About as many bytes as they take up in memory.
    var byteCount: Int {
        rows.ids.bytes.count + rows.units.bytes.count + rows.count * (24 + 16 * rows.columns.count)
    }
}

/// The way from the receiving thread to the evidence: a queue bounded in bytes. Sending never waits; what does not fit
/// is dropped, and counted.
final class EvidenceOutlet: Sendable {
    private struct Queue {
        var waiting: [ServedRows] = []
        var byteCount = 0
        var overrun = 0
    }

    private let capacity: Int
    private let isOpenNow = Atomic(false)
    private let queue = Mutex(Queue())

    /// - Parameter capacity: bytes that may wait.
    init(capacity: Int = 32 << 20) { self.capacity = capacity }

    /// Whether rows are of any use: only while something is compared.
    var isOpen: Bool {
        get { isOpenNow.load(ordering: .relaxed) }
        set { isOpenNow.store(newValue, ordering: .relaxed) }
    }

    func send(_ served: [ServedRows]) {
        let byteCount = served.reduce(0) { $0 + $1.byteCount }
        queue.withLock { queue in
            if !queue.waiting.isEmpty, queue.byteCount + byteCount > capacity {
                queue.overrun += served.reduce(0) { $0 + $1.rows.count }
            } else {
                queue.waiting += served
                queue.byteCount += byteCount
            }
        }
    }

    /// - Returns: what waits, and how many rows were dropped since this was last asked.
    func take() -> (served: [ServedRows], overrun: Int) {
        queue.withLock { queue in
            defer { (queue.waiting, queue.byteCount, queue.overrun) = ([], 0, 0) }
            return (queue.waiting, queue.overrun)
        }
    }
}

/// The rows of one model on the receiving thread, gathered while something is compared.
struct EvidenceIntake: Sendable {
    /// So many rows are handed over at once.
    static let rowsAtOnce = 10_000

    private let outlet: EvidenceOutlet
    private var gathered: [ServedRows] = []
    private var rowCount = 0

    init(outlet: EvidenceOutlet) { self.outlet = outlet }

    mutating func consume(_ batch: borrowing RowBatch, arrival: Timestamp) {
        guard outlet.isOpen, let served = ServedRows(batch, arrival: arrival) else { return }
        gathered.append(served)
        rowCount += served.rows.count
        if rowCount >= EvidenceIntake.rowsAtOnce { flush() }
    }

    /// Hands over what there is: with every tick.
    mutating func flush() {
        if !gathered.isEmpty { outlet.send(gathered) }
        (gathered, rowCount) = ([], 0)
    }
}
