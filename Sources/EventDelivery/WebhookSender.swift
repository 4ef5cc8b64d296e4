import AsyncHTTPClient
import Crypto
package import Foundation

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
        place = SinkHTTP.place(of: url)
        (self.timeout, self.now) = (timeout, now)
    }

    /// Tells webhooks apart, also those of one place.
    package var name: String {
        "webhook:\(place)#" + SHA256.hash(data: Array(url.utf8)).prefix(4).hexadecimal
    }

    package func carry(_ event: OutgoingEvent) async throws {
        let answer = try await SinkHTTP.send(request(for: event), to: place, timeout: timeout)
        if let failure = failure(of: answer) { throw failure }
    }

    private func request(for event: OutgoingEvent) -> HTTPClientRequest {
        let timestamp = Int64(now().timeIntervalSince1970.rounded(.down))
        var request = HTTPClientRequest.post(
            url, event.body, type: HTTPClientRequest.cloudEvent, userAgent: userAgent)
        request.headers.add(name: "webhook-id", value: event.id)
        request.headers.add(name: "webhook-timestamp", value: "\(timestamp)")
        if !secrets.isEmpty {
            let body = Array(event.body)
            let signatures = secrets.map { $0.signature(of: body, id: event.id, timestamp: timestamp) }
            request.headers.add(name: "webhook-signature", value: signatures.joined(separator: " "))
        }
        return request
    }

    private func failure(of answer: HTTPAnswer) -> DeliveryFailure? {
        switch answer.status {
        case 200..<300: nil
        case 410: .gone(answer.sentence)
        case 408, 425, 429: answer.unavailable(now: now())
        case 400..<500: .refused(answer.sentence)
        default: answer.unavailable(now: now())
        }
    }
}
