package import Drift
package import Foundation

/// A CloudEvent on its way to a sink.
package struct OutgoingEvent: Equatable, Sendable {
    /// The CloudEvent's own; a retry has the same.
    package var id: String
    /// Events of one key arrive in the order in which they happened.
    package var key: String
    /// It takes an earlier event back. Where there is no more room such events are dropped first.
    package var isResolution: Bool
    /// The CloudEvent as JSON, in structured mode.
    package var body: Data

    package init(id: String, key: String, isResolution: Bool = false, body: Data) {
        (self.id, self.key, self.isResolution, self.body) = (id, key, isResolution, body)
    }

    /// The body, and the end of its line.
    var line: [UInt8] { body + [UInt8(ascii: "\n")] }

    /// What every CloudEvent of ours says about itself.
    struct Attributes: Decodable, Equatable, Sendable {
        var type: String
        var subject: String
    }

    var attributes: Attributes? { try? JSONDecoder().decode(Attributes.self, from: body) }
}

extension OutgoingEvent {
    /// - Throws: `EventEncodingError` when a number in the event is not finite.
    package init(_ event: DriftEvent) throws {
        try self.init(
            event, id: event.id, key: event.data.fingerprint, isResolution: event.type == .resolved)
    }

    /// - Parameter event: a CloudEvent.
    /// - Throws: `EventEncodingError` when a number in the event is not finite.
    package init(
        _ event: some Encodable, id: String, key: String, isResolution: Bool = false
    ) throws {
        self.init(
            id: id, key: key, isResolution: isResolution, body: try EventEncoding.json(event, id: id))
    }
}

/// Takes events to where they go, over one protocol.
package protocol EventCarrier: Sendable {
    /// Returns once the event is accepted. What is thrown says what to do: see ``DeliveryFailure``; any other error
    /// asks for another attempt.
    func carry(_ event: OutgoingEvent) async throws
}

/// Why an event was not taken, and what is to be done about it.
package enum DeliveryFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nobody was there, or not able to. To be tried again, not before a time has passed where one is given.
    case unavailable(String, retryAfter: Duration? = nil)
    /// It will not be taken, however often it is sent.
    case refused(String)
    /// Nothing is wanted here any more.
    case gone(String)

    package var description: String {
        switch self {
        case .unavailable(let reason, _), .refused(let reason), .gone(let reason): reason
        }
    }
}
