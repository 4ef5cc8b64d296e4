import Foundation
import FoundationNetworking
import Testing

@testable import Console

struct LiveRouteTests {
    @Test func `events arrive while they happen, and end with the console`() async throws {
        let feed = EventFeed()
        let (client, serving) = try await startConsole(feed: feed)
        async let answer = RawHTTP(port: client.port).send("GET", "/api/v1/stream")
        while !feed.hasListeners { try await Task.sleep(for: .milliseconds(5)) }
        feed.publish("alert", ["model": "m"])
        serving.cancel()
        let (stream, _) = (try await answer, try await serving.value)
        #expect((stream.status, stream.headers["content-type"]) == (200, "text/event-stream"))
        #expect(stream.body.contains("event: alert\ndata: {\"model\":\"m\"}\n\n"))
    }

    @Test func `a stale tab is told to read everything again`() async throws {
        let feed = EventFeed()
        let (client, serving) = try await startConsole(feed: feed)
        async let answer = RawHTTP(port: client.port).send(
            "GET", "/api/v1/stream", ["Last-Event-ID": "of-before"])
        while !feed.hasListeners { try await Task.sleep(for: .milliseconds(5)) }
        serving.cancel()
        #expect(try await answer.body.contains("event: reset\ndata: {}\n\n"))
        try await serving.value
    }

    @Test func `who only asks for the head takes no place`() async throws {
        let feed = EventFeed()
        let (client, serving) = try await startConsole(feed: feed)
        let answer = try await client.send("HEAD", "/api/v1/stream")
        #expect(answer.status == 200 && !feed.hasListeners)
        serving.cancel()
        try await serving.value
    }

    @Test func `when there are too many, the next is told to wait`() async throws {
        let feed = EventFeed()
        let listeners = (0..<EventFeed.mostListeners).compactMap { _ in feed.listen(after: nil) {} }
        #expect(listeners.count == EventFeed.mostListeners)
        let (client, serving) = try await startConsole(feed: feed)
        let answer = try await client.get("/api/v1/stream")
        #expect(answer.status == 503 && answer.headers["Retry-After"] as? String == "10")
        #expect(answer.body.contains("too_many_listeners"))
        serving.cancel()
        try await serving.value
    }
}
