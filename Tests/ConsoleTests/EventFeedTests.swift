import Foundation
import Testing

@testable import Console

struct EventFeedTests {
    private let feed = EventFeed()

    private func listen(after id: String? = nil) throws -> EventFeed.Listener {
        try #require(feed.listen(after: id) {})
    }

    /// So many pieces of a stream, read as events.
    private func events(_ count: Int, _ listener: EventFeed.Listener) async -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for await piece in listener.pieces {
            events += ServerSentEvent.all(in: String(decoding: piece, as: UTF8.self))
            if events.count >= count { break }
        }
        return events
    }

    @Test func `who listens is told, by name and with an id`() async throws {
        let listener = try listen()
        feed.publish("alert", ["model": "line\nbreak </script>"])
        feed.publish("status", ["up": true], isKept: false)
        let told = await events(2, listener)
        #expect(told.map(\.name) == ["alert", "status"])
        #expect(told.map(\.data) == [#"{"model":"line\nbreak </script>"}"#, #"{"up":true}"#])
        #expect(told[0].id != nil && told[1].id == nil)
    }

    @Test func `who comes back is told what was missed`() async throws {
        let first = try listen()
        for number in 1...3 { feed.publish("window", [number]) }
        let id = try #require(await events(1, first).first?.id)
        feed.leave(first)
        feed.publish("window", [4])
        let again = try listen(after: id)
        #expect(await events(3, again).map(\.data) == ["[2]", "[3]", "[4]"])
    }

    @Test(arguments: ["", "1", "0-0", "abc-1", "another life", "-"])
    func `who knows events of another process reads everything again`(id: String) async throws {
        feed.publish("window", [1])
        let listener = try listen(after: id)
        feed.publish("window", [2])
        #expect(await events(2, listener).map(\.name) == ["reset", "window"])
    }

    @Test func `who was away for too long reads everything again`() async throws {
        let listener = try listen()
        feed.publish("window", [0])
        let id = try #require(await events(1, listener).first?.id)
        for number in 0...EventFeed.capacity { feed.publish("window", [number]) }
        let reset = try #require(await events(1, listen(after: id)).first)
        #expect(reset.name == "reset")
        let again = try listen(after: reset.id)
        feed.publish("window", [9])
        #expect(await events(1, again).map(\.data) == ["[9]"])
    }

    @Test func `who does not keep up is let go, and the others are not`() async throws {
        let (gone, leave) = AsyncStream.makeStream(of: Void.self)
        let slow = try #require(feed.listen(after: nil) { leave.yield() })
        for number in 0..<3 * EventFeed.capacity { feed.publish("window", [number]) }
        #expect(await gone.first { true } != nil)
        var pieces = 0
        for await _ in slow.pieces { pieces += 1 }
        #expect(pieces == 2 * EventFeed.capacity)
        #expect(!feed.hasListeners)
    }

    @Test func `there is room for so many`() throws {
        let listeners = try (0..<EventFeed.mostListeners).map { _ in try listen() }
        #expect(feed.isFull)
        if feed.listen(after: nil, leave: {}) != nil { Issue.record("one too many") }
        feed.leave(listeners[0])
        _ = try listen()
    }
}

/// As a browser reads it.
struct ServerSentEvent {
    var id: String?
    var name = ""
    var data = ""

    static func all(in text: String) -> [ServerSentEvent] {
        text.components(separatedBy: "\n\n").compactMap { block in
            var event = ServerSentEvent()
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: ": ", maxSplits: 1).map(String.init)
                switch parts[0] {
                case "id": event.id = parts[1]
                case "event": event.name = parts[1]
                case "data": event.data += parts[1]
                default: continue
                }
            }
            return event.name.isEmpty ? nil : event
        }
    }
}
