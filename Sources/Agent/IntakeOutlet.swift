import Drift
import Synchronization

/// The way from the receiving thread to a model's watch: a bounded queue, and figures that can be read at any
/// time. Sending never blocks; what does not fit is dropped and counted.
final class IntakeOutlet: Sendable {
    struct Figures: Sendable {
        var counters = PaneAssembler.Counters()
        var unknownFeatures: [String] = []
        var lastArrival: Timestamp?
        /// How far the stream's event time has come; to the end of time once the stream has ended.
        var latestEvent: Timestamp?
        /// Panes that closed while the watch was too far behind to take them.
        var droppedPanes: UInt64 = 0
    }

    /// A watch that lags so many deliveries behind loses panes.
    static let capacity = 1024

    let deliveries: AsyncStream<ModelIntake.Delivery>
    private let continuation: AsyncStream<ModelIntake.Delivery>.Continuation
    private let shared = Mutex(Figures())

    init() {
        (deliveries, continuation) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(IntakeOutlet.capacity))
    }

    func send(_ delivery: ModelIntake.Delivery) {
        guard case .dropped(.closed(let panes, _)) = continuation.yield(delivery) else { return }
        shared.withLock { $0.droppedPanes += UInt64(panes.count) }
    }

    /// What the receiving thread knows at this moment.
    func publish(
        _ counters: PaneAssembler.Counters?, unknownFeatures: [String], lastArrival: Timestamp?,
        latestEvent: Timestamp?
    ) {
        shared.withLock { figures in
            figures.latestEvent = latestEvent ?? figures.latestEvent
            figures.counters = counters ?? figures.counters
            (figures.unknownFeatures, figures.lastArrival) = (unknownFeatures, lastArrival)
        }
    }

    /// The publisher said that nothing more comes.
    func streamEnded() { shared.withLock { $0.latestEvent = Timestamp(nanoseconds: .max) } }

    /// Another stream begins, of whatever time.
    func streamBegan() { shared.withLock { $0.latestEvent = nil } }

    var figures: Figures { shared.withLock { $0 } }

    func finish() { continuation.finish() }
}
