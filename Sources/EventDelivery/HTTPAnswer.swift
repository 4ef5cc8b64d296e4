import AsyncHTTPClient
import Foundation
import NIOCore

/// What a sink answered over HTTP.
struct HTTPAnswer: Sendable {
    /// Who: scheme, host and port.
    var place: String
    var status: Int
    var reason: String
    var retryAfter: String?
    /// Empty when it is larger than what sinks have to say.
    var body: Data

    var sentence: String { "\(place) answered \(status) \(reason)" }

    /// It may answer otherwise another time.
    func unavailable(now: Date = Date()) -> DeliveryFailure {
        .unavailable(sentence, retryAfter: retryAfter.flatMap { RetryAfter.parse($0, now: now) })
    }
}

/// Exchanges of requests and answers with sinks.
enum SinkHTTP {
    /// Larger answers are not read to their end.
    private static let largestBody = 1 << 20

    /// A sink that moved is told to whoever configured it, rather than sent events elsewhere.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Parameter place: who is asked, without what a log should not have.
    /// - Throws: `DeliveryFailure.unavailable` when nobody answers.
    static func send(
        _ request: HTTPClientRequest, to place: String, timeout: Duration
    ) async throws -> HTTPAnswer {
        do {
            let response = try await client.execute(
                request, timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
            // A connection whose answer has been read serves the next event.
            let body = try? await response.body.collect(upTo: largestBody)
            return HTTPAnswer(
                place: place, status: Int(response.status.code), reason: response.status.reasonPhrase,
                retryAfter: response.headers.first(name: "retry-after"),
                body: body.map { Data($0.readableBytesView) } ?? Data())
        } catch let error as CancellationError {
            throw error
        } catch {
            throw DeliveryFailure.unavailable("\(place) cannot be reached: \(error)")
        }
    }

    /// Scheme, host and port: what may be shown, for an address often holds a token.
    static func place(of url: String) -> String {
        let parts = url.prefix { $0 != "?" && $0 != "#" }.split(separator: "/", maxSplits: 2)
        guard parts.count > 1, let host = parts[1].split(separator: "@").last else { return url }
        return "\(parts[0])//\(host)"
    }
}

extension HTTPClientRequest {
    static func post(_ url: String, _ body: Data, type: String, userAgent: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: type)
        request.headers.add(name: "user-agent", value: userAgent)
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    static let cloudEvent = "application/cloudevents+json; charset=utf-8"
}
