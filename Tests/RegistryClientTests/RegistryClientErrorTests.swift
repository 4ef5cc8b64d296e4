import Foundation
import Testing

@testable import RegistryClient

struct RegistryClientErrorTests {
    private static let address = "http://127.0.0.1:5050"

    @Test(arguments: [
        (
            401, #"{"error_code":"UNAUTHENTICATED","message":"no"}"#,
            RegistryClientError.Kind.unauthenticated,
            "the registry wants a token; give --token-file, or set LEEWAY_TOKEN"
        ),
        (
            404, #"{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Run with id=X not found"}"#, .notFound,
            "Run with id=X not found"
        ),
        (404, "<html>", .malformed, "GET /x: not found; does another server listen there?"),
        (409, #"{"error":{"code":"conflict","message":"it is 2"}}"#, .conflict, "it is 2"),
        (400, #"{"error":{"code":"invalid","message":"bad"}}"#, .refused, "bad"),
        (502, "", .refused, "GET /x: answered with status 502"),
    ])
    func `an answer that is none is told in words`(
        status: Int, body: String, kind: RegistryClientError.Kind, reason: String
    ) {
        let error = RegistryClientError(
            status: status, body: Data(body.utf8), address: RegistryClientErrorTests.address,
            request: "GET /x")
        #expect(error == RegistryClientError(kind, RegistryClientErrorTests.address, reason))
    }

    @Test func `where nobody listens it says how to start a registry`() async {
        // Port 1 of this machine is nobody's.
        let client = RegistryClient(address: "http://127.0.0.1:1/", token: nil, userAgent: "test")
        let error = await #expect(throws: RegistryClientError.self) { try await client.models() }
        #expect(error?.kind == .unreachable)
        #expect(
            error?.description
                == "http://127.0.0.1:1: nobody listens there; start the registry with `leeway registry`, or "
                + "name its address with --registry or LEEWAY_REGISTRY")
    }

    @Test func `a host that does not exist is named`() async {
        let client = RegistryClient(address: "http://no-such-host.invalid", token: nil, userAgent: "test")
        let error = await #expect(throws: RegistryClientError.self) { try await client.models() }
        #expect(error?.reason.contains("no-such-host.invalid") == true)
    }

    @Test(arguments: [("fraud-detector", "fraud-detector"), ("a b/c", "a%20b%2Fc"), ("ü?#", "%C3%BC%3F%23")])
    func `a name is one step of a path`(name: String, encoded: String) {
        #expect(name.percentEncoded == encoded)
    }

    @Test(arguments: [("0.5", 0.5), ("\"Infinity\"", Double.infinity), ("\"-Infinity\"", -.infinity)])
    func `a metric that is not finite travels as text`(json: String, value: Double) throws {
        let read = try JSONDecoder().decode(MetricValue.self, from: Data(json.utf8))
        #expect(read.value == value)
        #expect(try String(decoding: JSONEncoder().encode(read), as: UTF8.self) == json)
    }
}
