import Console
import Foundation
import FoundationNetworking
import Registry
import Testing

/// A registry in a folder of its own, asked over a real connection.
struct RegistryConsoleTests {
    // MARK: Health

    @Test(arguments: [
        ("/health", "OK"), ("/version", "3.17.2"), ("/healthz", "ok\n"), ("/readyz", "ready\n"),
    ])
    func `a probe is answered`(path: String, body: String) async throws {
        try await withRegistry { ask in
            let answer = try await ask("GET", path)
            #expect(answer.status == 200)
            #expect(answer.body == body)
            #expect(answer.contentType?.hasPrefix("text/plain") == true)
        }
    }

    @Test func `its figures are metrics, requests counted by status`() async throws {
        try await withRegistry { ask in
            _ = try await ask("GET", "/api/2.0/mlflow/nothing")
            let text = try await ask("GET", "/metrics").body
            #expect(
                text.contains(
                    #"leeway_registry_requests_total{group="mlflow",method="GET",status="404"} 1"#))
            #expect(text.contains("leeway_registry_experiments 1\n"))
            #expect(text.contains("leeway_registry_runs 0\n"))
        }
    }

    // MARK: Errors

    @Test func `an unknown path is told in the form of its interface`() async throws {
        try await withRegistry { ask in
            let mlflow = try await ask("GET", "/api/2.0/mlflow/nothing")
            #expect(mlflow.status == 404)
            #expect(
                mlflow.body
                    == #"{"error_code":"ENDPOINT_NOT_FOUND","message":"there is nothing at /api/2.0/mlflow/nothing"}"#
            )
            let ours = try await ask("GET", "/api/v1/nothing")
            #expect(ours.status == 404)
            #expect(
                ours.body
                    == #"{"error":{"code":"not_found","message":"there is nothing at /api/v1/nothing"}}"#)
        }
    }

    @Test func `another method is told which are allowed`() async throws {
        try await withRegistry { ask in
            let ours = try await ask("DELETE", "/api/v1/status")
            #expect(ours.status == 405)
            #expect(ours.headers["Allow"] as? String == "GET, HEAD")
            let mlflow = try await ask("POST", "/api/3.0/mlflow/server-info")
            #expect(mlflow.status == 405)
            #expect(mlflow.body.contains(#""error_code":"BAD_REQUEST""#))
        }
    }

    @Test(arguments: ["limit=0", "limit=1001", "limit=x", "before=0", "before=x"])
    func `the audit log is asked in numbers`(query: String) async throws {
        try await withRegistry { ask in
            let refused = try await ask("GET", "/api/v1/audit?\(query)")
            #expect(refused.status == 400)
            let all = try await ask("GET", "/api/v1/audit")
            #expect(all.body == #"{"entries":[]}"#)
        }
    }

    // MARK: Browsers

    @Test(arguments: [
        ("localhost:5050", 200), ("LOCALHOST", 200), ("127.0.0.1:1", 200), ("127.9.9.9", 200),
        ("[::1]:80", 200),
        ("[::1]", 200), ("evil.example", 403), ("evil.example:5050", 403), ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403), ("10.0.0.1", 403), ("127.0.0.1:x", 403), ("127.0.0.256", 403),
    ])
    func `a registry that trusts its machine answers to this machine's names alone`(
        host: String, status: Int
    ) async throws {
        try await withRegistry { ask in
            let answer = try await ask("GET", "/api/v1/status", ["Host": host])
            #expect(answer.status == status)
            if status == 403 {
                #expect(answer.body == "Invalid Host header - possible DNS rebinding attack detected")
                #expect(answer.contentType?.hasPrefix("text/plain") == true)
            }
            #expect(try await ask("GET", "/health", ["Host": host]).status == 200)
            #expect(try await ask("GET", "/version", ["Host": host]).status == 200)
        }
    }

    @Test(arguments: [
        ("http://127.0.0.1:5050", 405), ("http://evil.example", 403), ("null", 403),
        ("http://127.0.0.1:3000", 403), ("https://127.0.0.1:5050", 403),
    ])
    func `a page of another origin cannot post`(origin: String, status: Int) async throws {
        try await withRegistry { ask in
            let headers = ["Host": "127.0.0.1:5050", "Origin": origin]
            let posted = try await ask("POST", "/api/v1/status", headers)
            #expect(posted.status == status)
            let got = try await ask("GET", "/api/v1/status", headers)
            #expect(got.status == 200)
        }
    }

    @Test func `with tokens, a probe needs none`() async throws {
        try await withRegistry(.tokens([.init(name: "ci", secret: "0123456789abcdef")])) { ask in
            for path in ["/health", "/version", "/healthz", "/readyz"] {
                let answer = try await ask("GET", path, ["Host": "registry.example"])
                #expect(answer.status == 200)
            }
        }
    }

    @Test func `with tokens, the pages need none, and a script is not told of Basic`() async throws {
        try await withRegistry(.tokens([.init(name: "ci", secret: "0123456789abcdef")])) { ask in
            for path in ["/", "/models/m", "/runs/1", "/assets/index.html"] {
                #expect(try await ask("GET", path).status == 200)
            }
            for path in ["/api/v1/status", "/api/v1/stream", "/metrics", "/ajax-api/2.0/mlflow/runs/get"] {
                let answer = try await ask("GET", path, ["Sec-Fetch-Dest": "empty"])
                #expect(answer.status == 401, "\(path)")
                let challenge = answer.headers["Www-Authenticate"] ?? answer.headers["WWW-Authenticate"]
                #expect(challenge as? String == #"Bearer realm="leeway registry""#)
            }
        }
    }

    // MARK: Asking

    private struct Asking {
        let client: ConsoleClient

        func callAsFunction(
            _ method: String, _ path: String, _ headers: [String: String] = [:]
        ) async throws -> ConsoleClient.Answer {
            try await client.send(method, path, headers: headers)
        }
    }

    private func withRegistry(
        _ access: Access = .loopback, _ body: (Asking) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let registry = try Registry(folder: folder)
        let console = RegistryConsole(
            registry: registry, jobs: NoJobs(registry: registry), access: access, version: "0",
            logger: quietLogger)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let serving = Task {
            defer { listening.finish() }
            try await console.run(host: "127.0.0.1", port: 0) { listening.yield($0) }
        }
        defer { serving.cancel() }
        guard let port = await ports.first(where: { _ in true }) else { return try await serving.value }
        try await body(Asking(client: ConsoleClient(port: port)))
    }
}
