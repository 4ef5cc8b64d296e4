import AsyncHTTPClient
import Crypto
package import Foundation
import NIOCore

/// Posts events to a webhook: CloudEvents 1.0 in structured mode, signed by Standard Webhooks.
///
/// The answer decides: 2xx has taken the event; 410 wants no more; 408, 425, 429, 5xx, a redirection or no answer at all
/// is tried again, after `Retry-After` where that is given; any other 4xx will never take it.
package struct WebhookSender: EventCarrier {
    private let url: String
    /// Scheme, host and port: what may be shown, for an address often holds a token.
    package let place: String
    /// With several each signs, so that receivers can change from one to the next.
    private let secrets: [WebhookSecret]
    private let userAgent: String
    private let timeout: Duration
    private let now: @Sendable () -> Date

    package init(
        url: String, secrets: [WebhookSecret], userAgent: String, timeout: Duration = .seconds(15),
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.url, self.secrets, self.userAgent) = (url, secrets, userAgent)
        place = WebhookSender.place(of: url)
        (self.timeout, self.now) = (timeout, now)
    }

    private static func place(of url: String) -> String {
        let parts = url.prefix { $0 != "?" && $0 != "#" }.split(separator: "/", maxSplits: 2)
        guard parts.count > 1, let host = parts[1].split(separator: "@").last else { return url }
        return "\(parts[0])//\(host)"
    }

    /// Tells webhooks apart, also those of one place.
    package var name: String {
        "webhook:\(place)#" + SHA256.hash(data: Array(url.utf8)).prefix(4).hexadecimal
    }

    package func carry(_ event: OutgoingEvent) async throws {
        let response: HTTPClientResponse
        do {
            response = try await WebhookSender.http.execute(
                request(for: event), timeout: .nanoseconds(Int64(timeout / .nanoseconds(1))))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw DeliveryFailure.unavailable("\(place) cannot be reached: \(error)")
        }
        // A connection whose answer has been read serves the next event.
        _ = try? await response.body.collect(upTo: 64 << 10)
        if let failure = failure(of: response) { throw failure }
    }

    /// A webhook that moved is told to whoever configured it, rather than sent signed events elsewhere.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private func request(for event: OutgoingEvent) -> HTTPClientRequest {
        let timestamp = Int64(now().timeIntervalSince1970.rounded(.down))
        let body = Array(event.body)
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/cloudevents+json; charset=utf-8")
        request.headers.add(name: "user-agent", value: userAgent)
        request.headers.add(name: "webhook-id", value: event.id)
        request.headers.add(name: "webhook-timestamp", value: "\(timestamp)")
        if !secrets.isEmpty {
            let signatures = secrets.map { $0.signature(of: body, id: event.id, timestamp: timestamp) }
            request.headers.add(name: "webhook-signature", value: signatures.joined(separator: " "))
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private func failure(of response: HTTPClientResponse) -> DeliveryFailure? {
        let answer = "\(place) answered \(response.status.code) \(response.status.reasonPhrase)"
        switch response.status.code {
        case 200..<300: return nil
        case 410: return .gone(answer)
        case 408, 425, 429: return .unavailable(answer, retryAfter: retryAfter(response))
        case 400..<500: return .refused(answer)
        default: return .unavailable(answer, retryAfter: retryAfter(response))
        }
    }

    private func retryAfter(_ response: HTTPClientResponse) -> Duration? {
        response.headers.first(name: "retry-after").flatMap { RetryAfter.parse($0, now: now()) }
    }
}
