import Console
import Drift
import Foundation
import FoundationNetworking
import Logging

/// A console on a port of its own, and what it answers over a real connection.
struct ConsoleClient: Sendable {
    struct Answer {
        var status: Int
        var headers: [AnyHashable: Any]
        var body: String

        var contentType: String? { headers["Content-Type"] as? String }
    }

    let port: Int
    /// Keeps its connections open between requests, as Prometheus does.
    private let session = URLSession(configuration: .ephemeral)

    init(port: Int) { self.port = port }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func send(
        _ method: String, _ path: String, headers: [String: String] = [:]
    ) async throws -> Answer {
        var request = URLRequest(url: URL(string: "http://127.0.0.1:\(port)\(path)")!)
        request.httpMethod = method
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.cachePolicy = .reloadIgnoringLocalCacheData
        let (data, response) = try await session.data(for: request)
        let http = response as! HTTPURLResponse
        return Answer(
            status: http.statusCode, headers: http.allHeaderFields,
            body: String(decoding: data, as: UTF8.self))
    }
}

/// A console that has begun to listen, and the task it runs in.
func startConsole(
    _ observatory: FakeObservatory = FakeObservatory(), feed: EventFeed = EventFeed()
) async throws -> (client: ConsoleClient, serving: Task<Void, any Error>) {
    let console = Console(observatory: observatory, feed: feed, logger: quietLogger)
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let serving = Task {
        defer { listening.finish() }
        try await console.run(host: "127.0.0.1", port: 0) { listening.yield($0) }
    }
    guard let port = await ports.first(where: { _ in true }) else {
        try await serving.value
        throw CancellationError()
    }
    return (ConsoleClient(port: port), serving)
}

/// Runs a console while a body asks it.
func withConsole(
    _ observatory: FakeObservatory = FakeObservatory(), _ body: (ConsoleClient) async throws -> Void
) async throws {
    let (client, serving) = try await startConsole(observatory)
    defer { serving.cancel() }
    try await body(client)
}

let quietLogger: Logger = {
    var logger = Logger(label: "console")
    logger.logLevel = .critical
    return logger
}()
