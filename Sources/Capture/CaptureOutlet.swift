import Synchronization

/// Sampled rows that are stored in one transaction.
package struct CaptureHandOver: Sendable {
    package private(set) var parts: [CapturePart] = []
    package private(set) var rowCount = 0
    package private(set) var byteCount = 0
    package private(set) var withoutID = 0
    /// Rows lost before these, since they came faster than they are stored.
    package internal(set) var overrun = 0
    /// Rows lost before these, since they could not be stored.
    package internal(set) var unstorable = 0

    package init(_ parts: [CapturePart] = []) {
        for part in parts { append(part) }
    }

    package var isEmpty: Bool { rowCount == 0 && withoutID == 0 }

    package mutating func append(_ part: CapturePart) {
        withoutID += part.withoutID
        guard part.rows.count > 0 else { return }
        parts.append(part)
        rowCount += part.rows.count
        byteCount += part.byteCount
    }

    /// Counts another's rows as lost.
    mutating func lose(_ other: CaptureHandOver) {
        unstorable += other.rowCount + other.unstorable
        overrun += other.overrun
        withoutID += other.withoutID
    }

    mutating func append(_ other: CaptureHandOver) {
        parts += other.parts
        rowCount += other.rowCount
        byteCount += other.byteCount
        withoutID += other.withoutID
        overrun += other.overrun
        unstorable += other.unstorable
    }
}

/// The way from the receiving thread to the disk: a queue bounded in bytes. Sending never waits; what does not
/// fit is dropped whole, and counted with the next rows that are stored.
package final class CaptureOutlet: Sendable {
    private struct Queue {
        /// Numbered in the order in which they were sent, from 1.
        var waiting: [(number: UInt64, handOver: CaptureHandOver)] = []
        var byteCount = 0
        var overrun = 0
        var sample: CaptureSample
        /// How many hand-overs were sent.
        var sent: UInt64 = 0
    }

    private let capacity: Int
    private let queue: Mutex<Queue>
    let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// - Parameter capacity: bytes that may wait.
    package init(sample: CaptureSample = .everything, capacity: Int = 32 << 20) {
        self.capacity = capacity
        queue = Mutex(Queue(sample: sample))
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func send(_ handOver: CaptureHandOver) {
        queue.withLock { queue in
            queue.sent += 1
            // One hand-over fits always, however large its rows are.
            if !queue.waiting.isEmpty, queue.byteCount + handOver.byteCount > capacity {
                queue.overrun += handOver.rowCount
            } else {
                queue.waiting.append((queue.sent, handOver))
                queue.byteCount += handOver.byteCount
            }
        }
        wake()
    }

    /// What is worth one transaction of what waits; `nil` when nothing does.
    package func take() -> CaptureHandOver? {
        queue.withLock { queue in
            guard var taken = queue.waiting.first?.handOver else { return nil }
            var count = 1
            while count < queue.waiting.count, taken.rowCount < CaptureIntake.rowsAtOnce,
                taken.byteCount < CaptureIntake.bytesAtOnce
            {
                taken.append(queue.waiting[count].handOver)
                count += 1
            }
            queue.waiting.removeFirst(count)
            queue.byteCount -= taken.byteCount
            taken.overrun += queue.overrun
            queue.overrun = 0
            return taken
        }
    }

    /// The sample that is drawn from now on.
    package var sample: CaptureSample {
        get { queue.withLock { $0.sample } }
        set { queue.withLock { $0.sample = newValue } }
    }

    /// How many times rows were sent.
    package var sent: UInt64 { queue.withLock { $0.sent } }

    /// All up to this one wait no more: they were taken, or dropped.
    var taken: UInt64 { queue.withLock { queue in queue.waiting.first.map { $0.number - 1 } ?? queue.sent } }

    var isEmpty: Bool { queue.withLock { $0.waiting.isEmpty } }

    func wake() { continuation.yield() }

    /// No more rows come; what waits is still stored.
    package func finish() { continuation.finish() }
}
