import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle

/// A request's context that knows the connection it came over.
protocol ConnectedContext: RequestContext {
    var connection: any Channel { get }
}

/// What has happened, as it happens: `GET /api/v1/stream`.
struct LiveRoute: Sendable {
    let feed: EventFeed

    /// Between signs of life.
    static let pulse = Duration.seconds(15)

    func add(to router: Router<some ConnectedContext>) {
        router.get("api/v1/stream") { request, context in
            try stream(after: request.headers[.lastEventID], over: context.connection)
        }
    }

    private func stream(after lastID: String?, over connection: any Channel) throws -> Response {
        guard !feed.isFull else { throw LiveRoute.tooMany }
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { [feed] writer in
                let listener = feed.listen(after: lastID) { connection.close(promise: nil) }
                if let listener {
                    defer { feed.leave(listener) }
                    for try await piece in listener.pieces.cancelOnGracefulShutdown() {
                        try await writer.write(ByteBuffer(bytes: piece))
                    }
                }
                try await writer.finish(nil)
            })
    }

    private static let tooMany = APIError(
        status: .serviceUnavailable, code: "too_many_listeners",
        message: "\(EventFeed.mostListeners) clients listen already", headers: [.retryAfter: "10"])

    /// Gives signs of life until it is cancelled.
    static func keepAlive(_ feed: EventFeed) async {
        while true {
            do { try await Task.sleep(for: pulse) } catch { return }
            feed.beat()
        }
    }
}

extension HTTPField.Name {
    fileprivate static let lastEventID = HTTPField.Name("Last-Event-ID")!
}
