package import Foundation
package import Logging

/// Hands a sink its events from the outbox, each until it is taken: at least once, however often the process restarts.
package actor OutboxDispatcher {
    package struct Figures: Equatable, Sendable {
        package var sent: UInt64 = 0
        /// Deliveries that failed and are tried again.
        package var failed: UInt64 = 0
        /// Events that the sink will not take.
        package var refused: UInt64 = 0
        package var dropped = 0
        package var pending = 0
        /// When the event that has waited longest was put into the outbox.
        package var oldest: Date?
        /// Why the last delivery failed; `nil` once one has been taken.
        package var problem: String?
        /// The sink wants no more, until the process starts again.
        package var isDisabled = false
    }

    package nonisolated let name: String
    private let carrier: any EventCarrier
    private let outbox: Outbox
    private let backoff: Backoff
    private let logger: Logger
    private var figures = Figures()
    private var failuresInARow = 0
    private let wake: AsyncStream<Void>
    private nonisolated let waker: AsyncStream<Void>.Continuation

    package init(
        name: String, carrier: any EventCarrier, outbox: Outbox, backoff: Backoff = Backoff(), logger: Logger
    ) {
        (self.name, self.carrier, self.outbox) = (name, carrier, outbox)
        (self.backoff, self.logger) = (backoff, logger)
        (wake, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        waker.yield()
    }

    /// There are new events.
    package nonisolated func notify() { waker.yield() }

    /// Delivers until `finish()` or cancellation.
    package func run() async {
        for await _ in wake { await deliverAll() }
    }

    package nonisolated func finish() { waker.finish() }

    private func deliverAll() async {
        while !Task.isCancelled && !figures.isDisabled {
            do {
                guard let next = try outbox.next(for: name) else { return }
                try await deliver(next)
            } catch {
                await pause(after: error)
            }
        }
    }

    /// - Throws: when it is to be tried again.
    private func deliver(_ next: Outbox.Waiting) async throws {
        do {
            try await carrier.carry(next.event)
        } catch DeliveryFailure.refused(let reason) {
            return try giveUp(next, reason)
        } catch DeliveryFailure.gone(let reason) {
            return disable(reason)
        } catch  where Task.isCancelled {
            return
        } catch {
            try outbox.noteFailure(next)
            throw error
        }
        try outbox.remove(next)
        figures.sent += 1
        figures.problem = nil
        failuresInARow = 0
    }

    private func giveUp(_ next: Outbox.Waiting, _ reason: String) throws {
        try outbox.remove(next)
        figures.refused += 1
        figures.problem = "event \(next.event.id) is given up: \(reason)"
        failuresInARow = 0
        logger.error("\(name) does not take event \(next.event.id), which is given up: \(reason)")
    }

    private func disable(_ reason: String) {
        figures.isDisabled = true
        figures.problem = reason
        logger.error("\(name) is sent no more events until the next start: \(reason)")
    }

    private func pause(after error: any Error) async {
        figures.failed += 1
        failuresInARow += 1
        figures.problem = "\(error)"
        var asked: Duration?
        if case DeliveryFailure.unavailable(_, let retryAfter) = error { asked = retryAfter }
        let wait = backoff.wait(
            afterFailures: failuresInARow, asked: asked, jitter: .random(in: 0...1))
        logger.error("\(name) did not take an event, trying again in \(wait): \(error)")
        try? await Task.sleep(for: wait)
    }

    package func currentFigures() -> Figures {
        var current = figures
        current.pending = (try? outbox.count(for: name)) ?? 0
        current.oldest = (try? outbox.oldest(for: name)) ?? nil
        current.dropped = (try? outbox.dropped(for: name)) ?? 0
        return current
    }
}
