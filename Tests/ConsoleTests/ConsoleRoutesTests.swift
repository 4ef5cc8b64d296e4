import Drift
import Foundation
import Testing

struct ConsoleRoutesTests {
    @Test func `health is plain text`() async throws {
        try await withConsole { console in
            let health = try await console.get("/healthz")
            #expect(health.status == 200)
            #expect(health.body == "ok\n")
            #expect(health.contentType == "text/plain; charset=utf-8")
            #expect(try await console.get("/readyz").body == "ready\n")
        }
    }

    @Test func `an agent whose sockets are closed is alive but not ready`() async throws {
        try await withConsole(FakeObservatory(ready: false)) { console in
            let (health, readiness) = (try await console.get("/healthz"), try await console.get("/readyz"))
            #expect(health.status == 200)
            #expect(readiness.status == 503)
        }
    }

    @Test func `metrics come in Prometheus's format`() async throws {
        try await withConsole { console in
            let metrics = try await console.get("/metrics")
            #expect(metrics.contentType == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.contains("leeway_rows_total{model=\"fraud/eu west\"} 1000000\n"))
        }
    }

    @Test func `status and models are JSON`() async throws {
        try await withConsole { console in
            let status = try await console.get("/api/v1/status")
            #expect(status.contentType == "application/json")
            #expect(status.body.hasPrefix(#"{"models":[{"alerts":[],"counters":{"decoded":0,"#))
            #expect(
                status.body.hasSuffix(
                    #""name":"sidecar-1","now":"2013-04-01T00:00:00Z","process":"agent","sinks":[],"#
                        + #""started":"2013-04-01T00:00:00Z","version":"0.1.0"}"#))
            let models = try await console.get("/api/v1/models")
            #expect(models.body.hasPrefix(#"{"models":[{"#))
            #expect(models.body.contains(#""model":"fraud/eu west""#))
        }
    }

    @Test(arguments: [("", 50), ("?limit=1", 1), ("?limit=60", 60), ("?other=1&limit=3", 3)])
    func `windows are as many as were asked for`(query: String, count: Int) async throws {
        struct Page: Decodable { var windows: [DriftReport] }
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/flight-delay/windows" + query)
            let page = try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
            #expect(page.windows.count == count)
            #expect(page.windows[0].window.start == FakeObservatory.start)
        }
    }

    @Test(arguments: ["0", "-1", "ten", "", "1001", "1.5", "99999999999999999999"])
    func `a limit that is no such number is refused`(limit: String) async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/flight-delay/windows?limit=\(limit)")
            #expect(answer.status == 400)
            #expect(
                answer.body == #"{"error":{"code":"bad_parameter","message":"limit must be a whole number "#
                    + #"from 1 to 1000, was \"\#(limit)\""}}"#)
        }
    }

    @Test func `a model's name may hold anything, percent-encoded`() async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/fraud%2Feu%20west/drift")
            #expect(answer.status == 200)
            #expect(answer.body == #"{"alerts":[],"features":[],"model":"fraud/eu west"}"#)
        }
    }

    @Test(arguments: ["windows", "drift", "performance", "quarantine"])
    func `a model that is not monitored is answered with those that are`(page: String) async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/flihgt%22/\(page)")
            #expect(answer.status == 404)
            #expect(answer.contentType == "application/json")
            #expect(
                answer.body
                    == #"{"error":{"code":"unknown_model","message":"model \"flihgt\"\" is not monitored; "#
                    + #"monitored: flight-delay, fraud/eu west"}}"#)
        }
    }

    @Test func `quarantined frames are text where they are text`() async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/flight-delay/quarantine?limit=1")
            #expect(
                answer.body == #"{"messages":[{"detail":"\"{\" lacks its end","#
                    + #""frames":[{"text":"{"},{"base64":"/wA="}],"reason":"bad_json","#
                    + #""received":"2013-04-01T00:00:00Z","topic":"rows/flight-delay/"}]}"#)
        }
    }

    @Test(arguments: [
        "/api/v1", "/api/v1/models/flight-delay", "/api/v1/models/flight-delay/windows/1", "/metric",
    ])
    func `a path that leads nowhere is answered in JSON`(path: String) async throws {
        try await withConsole { console in
            let answer = try await console.get(path)
            #expect(answer.status == 404)
            #expect(
                answer.body == #"{"error":{"code":"not_found","message":"there is nothing at \#(path)"}}"#)
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func `another method than GET and HEAD is not allowed`(method: String) async throws {
        try await withConsole { console in
            let answer = try await console.send(method, "/api/v1/status")
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] as? String == "GET, HEAD")
            #expect(
                answer.body
                    == #"{"error":{"code":"method_not_allowed","message":"\#(method) is not allowed here, "#
                    + #"only GET and HEAD"}}"#)
        }
    }

    @Test func `HEAD has the headers of GET and no body`() async throws {
        try await withConsole { console in
            let head = try await console.send("HEAD", "/api/v1/status")
            let get = try await console.get("/api/v1/status")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.contentType == get.contentType)
            #expect(head.headers["Content-Length"] as? String == "\(get.body.utf8.count)")
        }
    }

    @Test func `a failure of the agent's own is not shown to the client`() async throws {
        try await withConsole(FakeObservatory(isBroken: true)) { console in
            let answer = try await console.get("/api/v1/models/flight-delay/windows")
            #expect(answer.status == 500)
            #expect(answer.body.contains(#""code":"internal""#))
        }
    }
}
