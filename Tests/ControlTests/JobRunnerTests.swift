import Foundation
import Logging
import Synchronization
import Testing

@testable import Control
@testable import Jobs
@testable import Registry

@Suite(.timeLimit(.minutes(2))) struct JobRunnerTests {
    @Test func `a job is noted from its beginning to its end, and what it leaves can be collected`()
        async throws
    {
        let world = try JobWorld()
        let request = JobRequest(
            .train, of: "m",
            JobCommand(
                "sh", ["-c", "echo made > model; echo '{\"event\":\"round\",\"round\":4}'; echo bad >&2"]),
            for: "r1", run: "run", rounds: 9)
        let (job, left) = try await world.runner.run(request) { job, scratch in
            (job, FileManager.default.contents(atPath: scratch + "/model"))
        }
        #expect(left == Data("made\n".utf8))
        #expect(job == (try await world.registry.job(job.id)))
        #expect(job.state == .succeeded)
        #expect(job.reason.hasPrefix("done after "))
        #expect(job.order == request.order)
        #expect(job.progress == JobProgress(event: "round", rounds: 5, of: 9))
        #expect((job.exitCode, job.lastErrors) == (0, ["bad"]))
        #expect(try #require(job.use).peakMemory > 0)
        let started = try #require(job.started)
        let finished = try #require(job.finished)
        #expect(job.created <= started && started <= finished)
        #expect(!FileManager.default.fileExists(atPath: "\(world.registry.jobFolder)/scratch/\(job.id)"))
        let log = try world.registry.log(ofJob: job.id).read(from: 0, limit: 1000)
        #expect(String(decoding: log ?? Data(), as: UTF8.self).contains("bad\n"))
        let actions = try await world.registry.audit(of: job.id, limit: 10).map(\.action)
        #expect(actions == ["job.succeeded", "job.running", "job.queued"])
    }

    @Test func `one that fails says why`() async throws {
        let world = try JobWorld()
        let failed = try await world.runner.run(.shell("echo 'no rows' >&2; exit 65"))
        #expect((failed.state, failed.reason) == (.failed, "ended with exit code 65: no rows"))
        #expect(failed.exitCode == 65)
        let missing = try await world.runner.run(JobRequest(.train, of: "m", JobCommand("no-such-program")))
        #expect(missing.state == .failed)
        #expect(missing.reason.hasPrefix("could not be started: there is no program"))
        let slow = try await world.runner.run(.shell("sleep 60", limits: JobLimits(time: .milliseconds(100))))
        #expect(slow.reason == "stopped after 100ms: its time limit; raise time in [registry.jobs]")
    }

    @Test func `an exit code may be an answer`() async throws {
        let world = try JobWorld()
        var request = JobRequest(.gate, of: "m", JobCommand("sh", ["-c", "exit 3"]))
        #expect(try await world.runner.run(request).state == .failed)
        request.answers = [3, 4]
        let job = try await world.runner.run(request)
        #expect((job.state, job.exitCode) == (.succeeded, 3))
        #expect(job.reason.hasSuffix(", with exit code 3"))
    }

    @Test func `a folder that cannot be made fails the job`() async throws {
        let world = try JobWorld()
        try Data().write(to: URL(fileURLWithPath: world.registry.jobFolder))
        let job = try await world.runner.run(.shell("true"))
        #expect(job.state == .failed)
        #expect(job.reason.hasPrefix("could not be started: "))
    }

    @Test func `jobs take their turns in order`() async throws {
        let world = try JobWorld()
        var order: [Int] = []
        try await withThrowingTaskGroup(of: Int.self) { group in
            for i in 0..<4 {
                group.addTask {
                    _ = try await world.runner.run(.shell("sleep 0.2"))
                    return i
                }
                try await world.wait { $0.count == i + 1 }
            }
            #expect(try await world.registry.jobs(in: .running, limit: 10).count <= 1)
            for try await i in group { order.append(i) }
        }
        #expect(order == [0, 1, 2, 3])
        let jobs = try await world.registry.jobs(limit: 10)
        let spans = jobs.reversed().map { ($0.started!, $0.finished!) }
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.1 <= $1.0 })
    }

    @Test func `several run at a time where that is asked for`() async throws {
        let world = try JobWorld(parallel: 2)
        async let first = world.runner.run(.shell("sleep 300"))
        async let second = world.runner.run(.shell("sleep 300"))
        try await world.wait { jobs in jobs.filter { $0.state == .running }.count == 2 }
        async let third = world.runner.run(.shell("true"))
        try await world.wait { $0.count == 3 }
        #expect(try await world.registry.jobCounts() == [.running: 2, .queued: 1])
        await world.runner.end()
        #expect(
            try await [first.state, second.state, third.state] == [.interrupted, .interrupted, .interrupted])
        #expect(try await third.started == nil)
    }

    @Test func `a job that runs, and one that waits, can be cancelled`() async throws {
        let world = try JobWorld()
        async let running = world.runner.run(.shell("sleep 300"))
        try await world.wait { $0.first?.state == .running }
        async let waiting = world.runner.run(.shell("sleep 300"))
        try await world.wait { $0.count == 2 }
        let ids = try await world.registry.jobs(limit: 10).map(\.id)
        let ann = Actor(name: "ann", client: "tests")
        for id in ids { _ = try await world.runner.cancel(job: id, reason: "too slow", by: ann) }
        for job in try await [running, waiting] {
            #expect((job.state, job.reason) == (.cancelled, "cancelled by ann: too slow"))
            #expect(try await world.runner.cancel(job: job.id, reason: "", by: ann) == job)
        }
        let done = try await world.runner.run(.shell("true"))
        await #expect(throws: RegistryError(.conflict, "Job \(done.id) has ended already: succeeded.")) {
            try await world.runner.cancel(job: done.id, reason: "", by: ann)
        }
        await #expect(throws: RegistryError.self) {
            try await world.runner.cancel(job: "gone", reason: "", by: ann)
        }
    }

    @Test func `a task that is cancelled interrupts its job`() async throws {
        let world = try JobWorld()
        for _ in 0..<2 {
            let task = Task { try await world.runner.run(.shell("sleep 300")) }
            try await world.wait { $0.first?.state == .running }
            let waiting = Task { try await world.runner.run(.shell("sleep 300")) }
            try await world.wait { $0.first?.state == .queued }
            waiting.cancel()
            #expect(try await waiting.value.state == .interrupted)
            task.cancel()
            #expect(try await task.value.state == .interrupted)
        }
        #expect(try await world.runner.run(.shell("true")).state == .succeeded)
    }

    @Test func `after a crash jobs are interrupted, and their processes ended`() async throws {
        let world = try JobWorld()
        let running = try await world.registry.addJob(.sleeper, by: .registry)
        let queued = try await world.registry.addJob(.sleeper, by: .registry)
        let (orphan, stranger) = (try Sleeper(id: running.id), try Sleeper(id: "job-\(UUID().uuidString)"))
        // Its pid is another's by now.
        let pid = Int64(try #require(stranger.process).id)
        try await world.registry.noteStart(ofJob: running.id, pid: pid, by: .registry)
        let scratch = "\(world.registry.jobFolder)/scratch/\(running.id)"
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)

        try await world.runner.recover()
        #expect(orphan.process == nil)
        #expect(stranger.process != nil)
        #expect(!FileManager.default.fileExists(atPath: scratch))
        for id in [running.id, queued.id] {
            let job = try await world.registry.job(id)
            #expect((job.state, job.reason) == (.interrupted, "the registry ended, and was started again"))
        }
        try await world.runner.recover()
        #expect(try await world.runner.run(.shell("true")).state == .succeeded)
    }

    @Test func `old jobs are forgotten with their logs`() async throws {
        let time = Mutex(Int64(1000))
        let world = try JobWorld(keep: .seconds(60), clock: { time.withLock { $0 } })
        let old = try await world.runner.run(.shell("true"))
        time.withLock { $0 += 60_000 }
        let new = try await world.runner.run(.shell("true"))
        await world.runner.forgetOldJobs()
        #expect(try await world.registry.jobs(limit: 10).count == 2)
        time.withLock { $0 += 1 }
        await world.runner.forgetOldJobs()
        #expect(try await world.registry.jobs(limit: 10).map(\.id) == [new.id])
        #expect(!FileManager.default.fileExists(atPath: world.registry.log(ofJob: old.id).path))
        #expect(FileManager.default.fileExists(atPath: world.registry.log(ofJob: new.id).path))
    }

    @Test func `jobs follow their model's name`() async throws {
        let world = try JobWorld()
        _ = try await world.registry.createRegisteredModel("m", by: .registry)
        let job = try await world.runner.run(.shell("true"))
        _ = try await world.registry.renameRegisteredModel("m", to: "n", by: .registry)
        #expect(try await world.registry.jobs(of: "n", limit: 10).map(\.id) == [job.id])
    }
}

/// A registry in a folder of its own, and what runs its jobs.
private final class JobWorld: Sendable {
    let registry: Registry
    let runner: JobRunner
    private let folder = NSTemporaryDirectory() + "leeway-runner-\(UUID().uuidString)"

    init(
        parallel: Int = 1, keep: Duration = .seconds(60),
        clock: @escaping @Sendable () -> Int64 = Registry.systemClock
    ) throws {
        registry = try Registry(folder: folder, clock: clock)
        var logger = Logger(label: "jobs")
        logger.logLevel = .critical
        let limits = JobLimits(time: .seconds(100), grace: .milliseconds(300))
        runner = JobRunner(
            registry: registry,
            configuration: JobsConfiguration(parallel: parallel, limits: limits, keep: keep), logger: logger)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Waits until the jobs, newest first, are so.
    func wait(until condition: ([JobRecord]) -> Bool) async throws {
        while !condition(try await registry.jobs(limit: 100)) { try await Task.sleep(for: .milliseconds(10)) }
    }
}

extension JobRequest {
    fileprivate static func shell(_ script: String, limits: JobLimits? = nil) -> JobRequest {
        JobRequest(.train, of: "m", JobCommand("sh", ["-c", script]), limits: limits)
    }
}

extension JobOrder {
    fileprivate static let sleeper = JobOrder(kind: .train, model: "m", command: "sleep 300")
}

/// A process that the registry of before has left behind.
private final class Sleeper: Sendable {
    let id: String

    init(id: String) throws {
        self.id = id
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["sleep", "300"]
        process.environment = ["PATH": "/usr/bin:/bin", JobCommand.mark: id]
        (process.standardInput, process.standardOutput) = (FileHandle.nullDevice, FileHandle.nullDevice)
        process.standardError = FileHandle.nullDevice
        try process.run()
        while self.process == nil { usleep(1000) }
    }

    deinit { JobProcesses.end(ofJobs: [id]) }

    /// In a session of its own, as long as it lives.
    var process: ProcessEntry? {
        let mark: Set = [Array("\(JobCommand.mark)=\(id)".utf8)]
        return ProcessEntry.all().first { !$0.isZombie && $0.session == $0.id && $0.carries(mark) }
    }
}
