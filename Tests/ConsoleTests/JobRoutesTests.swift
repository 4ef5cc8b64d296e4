import Console
import Foundation
import FoundationNetworking
import Jobs
import Registry
import Testing

/// Jobs over HTTP: a registry in this process, asked over a real connection.
@Suite(.timeLimit(.minutes(2))) struct JobRoutesTests {
    @Test func `jobs are listed newest first, by model and state`() async throws {
        try await withJobs { registry, ask in
            let first = try await registry.add("m", "python3 train.py")
            _ = try await registry.add("n", "x")
            let all = try await ask.json("/api/v1/jobs").jobs
            #expect(all.map(\.model) == ["n", "m"])
            #expect(try await ask.json("/api/v1/jobs?model=m&state=queued").jobs.map(\.id) == [first.id])
            #expect(try await ask.json("/api/v1/jobs?state=failed").jobs == [])
            #expect(try await ask.json("/api/v1/jobs?limit=1").jobs.count == 1)
            let one = try await ask.get("/api/v1/jobs/\(first.id)")
            #expect(one.body.contains(#""command":"python3 train.py""#))
        }
    }

    @Test(arguments: [
        "/api/v1/jobs/gone", "/api/v1/jobs/gone/log", "/api/v1/jobs/..%2F..%2Fregistry.sqlite/log",
        "/api/v1/jobs/%00/log",
    ])
    func `another id is not found`(path: String) async throws {
        try await withJobs { _, ask in
            let answer = try await ask.get(path)
            #expect(answer.status == 404)
            #expect(answer.body.contains("`leeway job list` has them."))
        }
    }

    @Test(arguments: [
        ("/api/v1/jobs?state=odd", "state must be one of queued, running,"),
        ("/api/v1/jobs?limit=0", "limit must be a whole number from 1 to 1000, was 0"),
        ("/api/v1/jobs/x/log?offset=-1", "offset must be at least 0, was -1"),
        ("/api/v1/jobs/x/log?offset=a", "Invalid value"),
        ("/api/v1/jobs/x/log?follow=perhaps", "Invalid value"),
    ])
    func `a mistake is named`(path: String, message: String) async throws {
        try await withJobs { _, ask in
            let answer = try await ask.get(path)
            #expect(answer.status == 400)
            #expect(answer.body.contains(message))
        }
    }

    @Test func `a log is read from any offset, as it is`() async throws {
        try await withJobs { registry, ask in
            let job = try await registry.add("m", "x")
            #expect(try await ask.get("/api/v1/jobs/\(job.id)/log").body == "")
            try registry.write("hello\n", toLogOf: job.id)
            for (offset, rest) in [(0, "hello\n"), (4, "o\n"), (6, ""), (99, "")] {
                let answer = try await ask.get("/api/v1/jobs/\(job.id)/log?offset=\(offset)")
                #expect(answer.body == rest)
                #expect(answer.headers["Leeway-Next-Offset"] as? String == "\(offset + rest.count)")
                #expect(answer.headers["Leeway-Job-State"] as? String == "queued")
            }
        }
    }

    @Test func `who follows gets more when there is more, and the end at the end`() async throws {
        try await withJobs { registry, ask in
            let job = try await registry.add("m", "x")
            let path = "/api/v1/jobs/\(job.id)/log?follow=true&offset="
            async let first = ask.get(path + "0")
            try await Task.sleep(for: .milliseconds(300))
            try registry.write("a", toLogOf: job.id)
            #expect(try await first.body == "a")
            async let last = ask.get(path + "1")
            try await Task.sleep(for: .milliseconds(300))
            _ = try await registry.finishJob(job.id, .failed, "ended with exit code 1", by: .tester)
            #expect(try await last.body == "")
            #expect(try await last.headers["Leeway-Job-State"] as? String == "failed")
        }
    }

    @Test func `who may end a job is asked, with the reason`() async throws {
        try await withJobs { registry, ask in
            let job = try await registry.add("m", "x")
            let answer = try await ask.client.send("POST", "/api/v1/jobs/\(job.id)/cancel")
            #expect(answer.status == 200)
            #expect(answer.body.contains(#""state":"cancelled""#))
            #expect(answer.body.contains("cancelled by anonymous@loopback"))
        }
    }

    @Test func `jobs are counted by state`() async throws {
        try await withJobs { registry, ask in
            _ = try await registry.add("m", "x")
            let text = try await ask.get("/metrics").body
            #expect(text.contains("leeway_registry_jobs{state=\"queued\"} 1\n"))
            #expect(text.contains("leeway_registry_jobs{state=\"running\"} 0\n"))
        }
    }

    // MARK: Asking

    private struct Asking: Sendable {
        struct Page: Decodable {
            struct Job: Decodable, Equatable {
                var id: String
                var model: String
            }

            var jobs: [Job]
        }

        let client: ConsoleClient

        func get(_ path: String) async throws -> ConsoleClient.Answer { try await client.get(path) }

        func json(_ path: String) async throws -> Page {
            try JSONDecoder().decode(Page.self, from: Data(try await get(path).body.utf8))
        }
    }

    private func withJobs(_ body: (Registry, Asking) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let registry = try Registry(folder: folder)
        let console = RegistryConsole(
            registry: registry, jobs: NoJobs(registry: registry), access: .loopback, version: "0",
            logger: quietLogger)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let serving = Task {
            defer { listening.finish() }
            try await console.run(host: "127.0.0.1", port: 0) { listening.yield($0) }
        }
        defer { serving.cancel() }
        guard let port = await ports.first(where: { _ in true }) else { return try await serving.value }
        try await body(registry, Asking(client: ConsoleClient(port: port)))
    }
}

/// Runs nothing: what is to end has ended.
struct NoJobs: JobCanceller {
    let registry: Registry

    func cancel(job id: String, reason: String, by actor: Actor) async throws -> JobRecord {
        try await registry.finishJob(id, .cancelled, "cancelled by \(actor.name)", by: actor)
    }
}

extension Registry {
    fileprivate func add(_ model: String, _ command: String) async throws -> JobRecord {
        try await addJob(JobOrder(kind: .train, model: model, command: command), by: .tester)
    }

    fileprivate func write(_ text: String, toLogOf id: String) throws {
        try FileManager.default.createDirectory(atPath: jobFolder, withIntermediateDirectories: true)
        let path = log(ofJob: id).path
        let before = FileManager.default.contents(atPath: path) ?? Data()
        try (before + Data(text.utf8)).write(to: URL(fileURLWithPath: path))
    }
}

extension Actor {
    fileprivate static let tester = Actor(name: "tester", client: "tests")
}
