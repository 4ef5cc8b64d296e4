import AsyncHTTPClient
import Foundation

/// Brings retrain requests to a registry, which decides about them.
///
/// Only what the registry says is wrong with a request is given up. A token that does not count, a path that is not there
/// and a conflict are mended by people, and a registry that is busy or down comes back: those are tried again.
package struct RegistrySender: EventCarrier {
    /// What became of a request.
    package enum Outcome: Equatable, Sendable {
        case decided(Decision)
        /// The registry cannot take it.
        case refused(model: String, reason: String)
    }

    /// What the registry made of a request, as its answer has it.
    package struct Decision: Decodable, Equatable, Sendable {
        package var id: String
        package var model: String
        /// `waiting`, `accepted`, `covered`, `refused`, …
        package var state: String
        package var reason: String

        package init(id: String, model: String, state: String, reason: String) {
            (self.id, self.model, self.state, self.reason) = (id, model, state, reason)
        }
    }

    private let address: String
    /// Read for each request: a token that is replaced counts from then on.
    private let token: @Sendable () throws -> String?
    private let userAgent: String
    private let timeout: Duration
    private let report: @Sendable (Outcome) -> Void

    /// - Parameter address: as `http://127.0.0.1:5050`, with or without a slash at its end.
    package init(
        address: String, userAgent: String, timeout: Duration = .seconds(30),
        token: @escaping @Sendable () throws -> String?, report: @escaping @Sendable (Outcome) -> Void
    ) {
        self.address = String(address.reversed().drop { $0 == "/" }.reversed())
        (self.userAgent, self.timeout, self.token, self.report) = (userAgent, timeout, token, report)
    }

    package func carry(_ event: OutgoingEvent) async throws {
        let answer = try await SinkHTTP.send(
            try request(for: event), to: SinkHTTP.place(of: address), timeout: timeout)
        do {
            report(.decided(try RegistrySender.decision(in: answer)))
        } catch let failure as DeliveryFailure {
            if case .refused(let reason) = failure {
                report(.refused(model: event.attributes?.subject ?? "", reason: reason))
            }
            throw failure
        }
    }

    private func request(for event: OutgoingEvent) throws -> HTTPClientRequest {
        var request = HTTPClientRequest.post(
            address + "/api/v1/retrain-requests", event.body, type: HTTPClientRequest.cloudEvent,
            userAgent: userAgent)
        if let token = try token() {
            request.headers.add(name: "authorization", value: "Bearer \(token)")
        }
        return request
    }

    static func decision(in answer: HTTPAnswer) throws -> Decision {
        switch answer.status {
        case 200..<300:
            guard let decision = try? JSONDecoder().decode(Decision.self, from: answer.body) else {
                throw DeliveryFailure.unavailable(
                    "\(answer.sentence), but not as a registry does; who listens there?")
            }
            return decision
        case 401, 403, 404, 408, 409, 425, 429: throw answer.unavailable()
        case 400..<500:
            throw DeliveryFailure.refused([answer.sentence, complaint(in: answer)].joined(separator: ": "))
        default: throw answer.unavailable()
        }
    }

    private struct Complaint: Decodable {
        struct Error: Decodable { var message: String }

        var error: Error
    }

    private static func complaint(in answer: HTTPAnswer) -> String {
        (try? JSONDecoder().decode(Complaint.self, from: answer.body))?.error.message ?? "without a reason"
    }
}
