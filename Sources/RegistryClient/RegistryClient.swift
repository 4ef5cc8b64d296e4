import AsyncHTTPClient
import Drift
package import Foundation
import NIOCore
import NIOHTTP1

/// Asks a registry over HTTP, in our own API and MLflow's.
package struct RegistryClient: Sendable {
    /// As `http://127.0.0.1:5050`, without a slash at its end.
    package let address: String
    private let token: String?
    private let userAgent: String

    package init(address: String, token: String?, userAgent: String) {
        self.address = String(address.reversed().drop { $0 == "/" }.reversed())
        (self.token, self.userAgent) = (token, userAgent)
    }

    /// An answer, and the text it was read from.
    package struct Answer<Value: Decodable & Sendable>: Sendable {
        package var value: Value
        package var json: Data
    }

    package func get<Value: Decodable & Sendable>(
        _ path: String, query: [(name: String, value: String?)] = [], as type: Value.Type = Value.self
    ) async throws(RegistryClientError) -> Answer<Value> {
        try await send("GET", path + RegistryClient.text(of: query), nil)
    }

    private static func text(of query: [(name: String, value: String?)]) -> String {
        let given = query.compactMap { item in item.value.map { "\(item.name)=\($0.percentEncoded)" } }
        return given.isEmpty ? "" : "?" + given.joined(separator: "&")
    }

    /// Bytes as they are, and what the answer's headers say beside them.
    func bytes(
        _ path: String, query: [(name: String, value: String?)]
    ) async throws(RegistryClientError) -> (body: Data, header: @Sendable (String) -> String?) {
        let request = request("GET", path + RegistryClient.text(of: query), nil)
        let (headers, body) = try await content(request, timeout: .seconds(60))
        return (body, { headers.first(name: $0) })
    }

    package func send<Value: Decodable & Sendable>(
        _ method: String, _ path: String, body: some Encodable, as type: Value.Type = Value.self
    ) async throws(RegistryClientError) -> Answer<Value> {
        let bytes: Data
        do { bytes = try JSONEncoder().encode(body) } catch {
            throw RegistryClientError(.malformed, address, "the request cannot be written: \(error)")
        }
        return try await send(method, path, bytes)
    }

    // MARK: One exchange

    private static let largestAnswer = 256 << 20

    /// One for the process. A connection that is refused is told at once: the shared client would try again until
    /// the deadline.
    private static let http: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private func send<Value: Decodable & Sendable>(
        _ method: String, _ path: String, _ body: Data?
    ) async throws(RegistryClientError) -> Answer<Value> {
        try await answer(to: request(method, path, body))
    }

    func answer<Value: Decodable & Sendable>(
        to request: HTTPClientRequest, timeout: TimeAmount = .seconds(60)
    ) async throws(RegistryClientError) -> Answer<Value> {
        let (_, bytes) = try await content(request, timeout: timeout)
        do {
            return Answer(value: try JSONDecoder().decode(Value.self, from: bytes), json: bytes)
        } catch {
            throw RegistryClientError(
                .malformed, address,
                "\(line(of: request)): the answer is not what a leeway registry gives; "
                    + "does another server listen there?")
        }
    }

    /// What is answered to a GET, whatever it is.
    func bytes(_ path: String) async throws(RegistryClientError) -> Data {
        try await content(request("GET", path, nil), timeout: .seconds(60)).body
    }

    /// What is answered, where that is no error.
    private func content(
        _ request: HTTPClientRequest, timeout: TimeAmount
    ) async throws(RegistryClientError) -> (headers: HTTPHeaders, body: Data) {
        let (status, headers, body) = try await exchange(request, timeout)
        guard status == 200 else {
            throw RegistryClientError(
                status: status, body: body, address: address, request: line(of: request))
        }
        return (headers, body)
    }

    /// Method and path, as messages name a request.
    private func line(of request: HTTPClientRequest) -> String {
        "\(request.method.rawValue) \(request.url.dropFirst(address.count))"
    }

    func request(_ method: String, _ path: String, _ body: Data?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: address + path)
        request.method = .RAW(value: method)
        request.headers.add(name: "user-agent", value: userAgent)
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(body)
        }
        return request
    }

    private func exchange(
        _ request: HTTPClientRequest, _ timeout: TimeAmount
    ) async throws(RegistryClientError) -> (status: Int, headers: HTTPHeaders, body: Data) {
        do {
            let response = try await RegistryClient.http.execute(request, timeout: timeout)
            let body = try await response.body.collect(upTo: RegistryClient.largestAnswer)
            return (Int(response.status.code), response.headers, Data(body.readableBytesView))
        } catch {
            throw RegistryClientError(unreachable: error, address: address)
        }
    }

    /// Hands over an answer as it comes, whatever its size.
    func stream(
        _ request: HTTPClientRequest, _ write: (ByteBuffer) throws -> Void
    ) async throws {
        let response: HTTPClientResponse
        do {
            response = try await RegistryClient.http.execute(request, timeout: .hours(6))
        } catch {
            throw RegistryClientError(unreachable: error, address: address)
        }
        guard response.status == .ok else {
            let body = (try? await response.body.collect(upTo: 1 << 20)) ?? ByteBuffer()
            throw RegistryClientError(
                status: Int(response.status.code), body: Data(body.readableBytesView), address: address,
                request: line(of: request))
        }
        var pieces = response.body.makeAsyncIterator()
        while let piece = try await next(&pieces) { try write(piece) }
    }

    private func next(
        _ pieces: inout HTTPClientResponse.Body.AsyncIterator
    ) async throws(RegistryClientError) -> ByteBuffer? {
        do { return try await pieces.next() } catch {
            throw RegistryClientError(unreachable: error, address: address)
        }
    }
}

extension String {
    /// For one step of a path, or the value of a query.
    package var percentEncoded: String {
        addingPercentEncoding(withAllowedCharacters: String.unreserved) ?? self
    }

    /// RFC 3986, section 2.3.
    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
