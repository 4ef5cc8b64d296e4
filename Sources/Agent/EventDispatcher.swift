import Drift
import Logging

/// Hands a sink its events in order, each until it is taken: at least once, however often the agent restarts.
actor EventDispatcher {
    struct Figures: Sendable {
        var sent: UInt64 = 0
        var failed: UInt64 = 0
        var pending = 0
    }

    nonisolated let name: String
    private let sink: any EventSink
    private let store: AgentStore
    private let logger: Logger
    private var figures = Figures()
    private let wake: AsyncStream<Void>
    private nonisolated let waker: AsyncStream<Void>.Continuation

    private static let retryDelay = Duration.seconds(1)
    private static let longestRetryDelay = Duration.seconds(60)

    init(name: String, sink: any EventSink, store: AgentStore, logger: Logger) {
        (self.name, self.sink, self.store, self.logger) = (name, sink, store, logger)
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        waker.yield()
    }

    /// There are new events.
    nonisolated func notify() { waker.yield() }

    /// Delivers until `finish()` or cancellation.
    func run() async {
        for await _ in wake { await deliverAll() }
    }

    nonisolated func finish() { waker.finish() }

    private func deliverAll() async {
        var delay = EventDispatcher.retryDelay
        while !Task.isCancelled {
            do {
                guard try await deliverNext() else { return }
                delay = EventDispatcher.retryDelay
            } catch {
                figures.failed += 1
                logger.error("\(name) did not take an event, trying again in \(delay): \(error)")
                try? await Task.sleep(for: delay)
                delay = min(delay * 2, EventDispatcher.longestRetryDelay)
            }
        }
    }

    /// - Returns: `false` when there is nothing left to deliver.
    private func deliverNext() async throws -> Bool {
        guard let next = try store.pendingEvents(for: name, limit: 1).first else { return false }
        try await sink.deliver(next.event)
        try store.delivered(next)
        figures.sent += 1
        return true
    }

    func currentFigures() -> Figures {
        var current = figures
        current.pending = (try? store.pendingCount(for: name)) ?? 0
        return current
    }
}
