import Drift
import Foundation
import GRDB
import Logging
import Synchronization
import Testing

@testable import EventDelivery

@Suite(.timeLimit(.minutes(1)))
struct OutboxDispatcherTests {
    /// Takes what it is told to take, and remembers everything it was brought.
    private final class Receiver: EventCarrier {
        private let answer: @Sendable (OutgoingEvent, Int) throws -> Void
        private let brought = Mutex<[String]>([])

        init(_ answer: @escaping @Sendable (OutgoingEvent, Int) throws -> Void = { _, _ in }) {
            self.answer = answer
        }

        var ids: [String] { brought.withLock { $0 } }

        func carry(_ event: OutgoingEvent) async throws {
            let attempt = brought.withLock { brought in
                brought.append(event.id)
                return brought.count { $0 == event.id }
            }
            try answer(event, attempt)
        }
    }

    private func deliver(
        _ events: [OutgoingEvent], to receiver: Receiver,
        until isDone: (OutboxDispatcher.Figures) -> Bool = { $0.pending == 0 }
    ) async throws -> OutboxDispatcher.Figures {
        var figures = OutboxDispatcher.Figures()
        try await withTemporaryFolder { folder in
            let database = try DatabasePool(path: folder + "/outbox.sqlite")
            try await database.write(Outbox.createTables)
            let outbox = Outbox(database)
            let dispatcher = OutboxDispatcher(
                name: "s", carrier: receiver, outbox: outbox,
                backoff: Backoff(first: .milliseconds(1), longest: .milliseconds(4)), logger: quiet)
            let running = Task { await dispatcher.run() }
            try outbox.append(events, for: ["s"])
            dispatcher.notify()
            repeat {
                try await Task.sleep(for: .milliseconds(2))
                figures = await dispatcher.currentFigures()
            } while !isDone(figures)
            dispatcher.finish()
            await running.value
        }
        return figures
    }

    @Test func `events arrive in order, each once`() async throws {
        let receiver = Receiver()
        let figures = try await deliver((1...20).map { .make("\($0)") }, to: receiver)
        #expect(receiver.ids == (1...20).map(String.init))
        #expect(figures.sent == 20 && figures.failed == 0)
    }

    @Test func `what fails is tried again, in order within its key`() async throws {
        let receiver = Receiver { event, attempt in
            if event.id == "a1", attempt <= 5 { throw DeliveryFailure.unavailable("down") }
        }
        let events: [OutgoingEvent] = [.make("a1", key: "a"), .make("a2", key: "a"), .make("b1", key: "b")]
        let figures = try await deliver(events, to: receiver)
        #expect(receiver.ids == ["a1", "b1", "a1", "a1", "a1", "a1", "a1", "a2"])
        #expect(figures.sent == 3 && figures.failed == 5)
    }

    @Test func `what is refused is given up at once, and the next goes on`() async throws {
        let receiver = Receiver { event, _ in
            if event.id == "1" { throw DeliveryFailure.refused("400") }
        }
        let figures = try await deliver([.make("1"), .make("2")], to: receiver)
        #expect(receiver.ids == ["1", "2"])
        #expect(figures.sent == 1 && figures.refused == 1 && figures.failed == 0)
    }

    @Test func `a sink that is gone is sent nothing more, and its events stay`() async throws {
        let receiver = Receiver { _, _ in throw DeliveryFailure.gone("410") }
        let figures = try await deliver([.make("1"), .make("2")], to: receiver) { $0.isDisabled }
        #expect(receiver.ids == ["1"])
        #expect(figures.pending == 2 && figures.sent == 0)
    }

    @Test func `a receiver that asks for time is given it`() async throws {
        let times = Mutex<[ContinuousClock.Instant]>([])
        let receiver = Receiver { _, attempt in
            times.withLock { $0.append(.now) }
            if attempt == 1 { throw DeliveryFailure.unavailable("busy", retryAfter: .milliseconds(300)) }
        }
        _ = try await deliver([.make("1")], to: receiver)
        let waits = times.withLock { $0 }
        #expect(waits.count == 2 && waits[1] - waits[0] >= .milliseconds(300))
    }

    @Test func `a drift event that JSON cannot carry is no event to send`() {
        #expect(throws: EventEncodingError.self) { try OutgoingEvent(.make(value: .nan)) }
    }

    private var quiet: Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }
}
