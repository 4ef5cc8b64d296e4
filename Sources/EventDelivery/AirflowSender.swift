import AsyncHTTPClient
import Foundation

/// Starts a run of an Airflow DAG for each retrain request, with the request as the run's `conf`.
///
/// The run's id is the request's, so that a request that comes twice, or again with more evidence, is run once.
package actor AirflowSender: EventCarrier {
    /// Of Airflow's REST API.
    package enum API: String, CaseIterable, Sendable {
        /// Airflow 2.
        case v1
        /// Airflow 3.
        case v2
    }

    package enum Credentials: Hashable, Sendable {
        /// HTTP's basic authentication in Airflow 2; what a token is asked for with in Airflow 3.
        case user(String, password: String)
        case token(String)
    }

    private let url: String
    private let dag: String
    private let api: API
    private let credentials: Credentials?
    private let userAgent: String
    private let timeout: Duration
    /// What Airflow gave for the password, until it no longer counts.
    private var granted: String?

    /// - Parameters:
    ///   - url: where Airflow's web server, or API server, is; without a slash at its end.
    ///   - dag: the DAG's id.
    package init(
        url: String, dag: String, api: API, credentials: Credentials?, userAgent: String,
        timeout: Duration = .seconds(30)
    ) {
        (self.url, self.dag, self.api) = (url, dag, api)
        (self.credentials, self.userAgent, self.timeout) = (credentials, userAgent, timeout)
    }

    package nonisolated var name: String { "airflow:\(place)/\(dag)" }

    private nonisolated var place: String { SinkHTTP.place(of: url) }

    package func carry(_ event: OutgoingEvent) async throws {
        let answer = try await send(
            .post(runs, try run(for: event), type: "application/json", userAgent: userAgent))
        switch answer.status {
        case 200..<300: return
        case 409: try await confirm(event.key, after: answer)
        case 401, 403, 404, 408, 425, 429: throw answer.unavailable()
        case 400..<500: throw DeliveryFailure.refused("\(answer.sentence): \(answer.excerpt)")
        default: throw answer.unavailable()
        }
    }

    /// A conflict may be about something else than the run's id, such as its date.
    private func confirm(_ run: String, after conflict: HTTPAnswer) async throws {
        var request = HTTPClientRequest(url: "\(runs)/\(run)")
        request.headers.add(name: "user-agent", value: userAgent)
        guard try await send(request).status == 200 else { throw conflict.unavailable() }
    }

    private var runs: String { "\(url)/api/\(api.rawValue)/dags/\(dag.percentEncoded)/dagRuns" }

    /// The body of what Airflow calls triggering a DAG run.
    private func run(for event: OutgoingEvent) throws -> Data {
        guard let object = try JSONSerialization.jsonObject(with: event.body) as? [String: Any],
            let request = object["data"] as? [String: Any]
        else { throw DeliveryFailure.refused("event \(event.id) has no data") }
        var body: [String: Any] = ["dag_run_id": event.key, "conf": request]
        // It has to be there in version 2, and means that the run is not about a date.
        if api == .v2 { body["logical_date"] = NSNull() }
        return try JSONSerialization.data(
            withJSONObject: body, options: [.sortedKeys, .withoutEscapingSlashes])
    }

    // MARK: Who asks

    private func send(_ request: HTTPClientRequest) async throws -> HTTPAnswer {
        var request = request
        if let authorization = try await authorization() {
            request.headers.add(name: "authorization", value: authorization)
        }
        let answer = try await SinkHTTP.send(request, to: place, timeout: timeout)
        if answer.status == 401 { granted = nil }
        return answer
    }

    private func authorization() async throws -> String? {
        switch credentials {
        case nil: return nil
        case .token(let token): return "Bearer \(token)"
        case .user(let name, let password) where api == .v1:
            return "Basic " + Data("\(name):\(password)".utf8).base64EncodedString()
        case .user(let name, let password):
            if granted == nil { granted = try await token(for: name, password) }
            return granted.map { "Bearer \($0)" }
        }
    }

    private struct Grant: Decodable {
        var token: String

        private enum CodingKeys: String, CodingKey { case token = "access_token" }
    }

    private func token(for name: String, _ password: String) async throws -> String {
        let body = try JSONEncoder().encode(["username": name, "password": password])
        let answer = try await SinkHTTP.send(
            .post("\(url)/auth/token", body, type: "application/json", userAgent: userAgent), to: place,
            timeout: timeout)
        guard (200..<300).contains(answer.status),
            let grant = try? JSONDecoder().decode(Grant.self, from: answer.body)
        else {
            throw DeliveryFailure.unavailable("\(answer.sentence) when a token was asked for as \(name)")
        }
        return grant.token
    }
}

extension HTTPAnswer {
    /// The beginning of what was said.
    fileprivate var excerpt: String { String(decoding: body.prefix(500), as: UTF8.self) }
}

extension String {
    /// For one step of a path: RFC 3986, section 2.3.
    fileprivate var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: String.unreserved) ?? self
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
