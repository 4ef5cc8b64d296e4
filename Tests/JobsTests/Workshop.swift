import Foundation
import Testing

@testable import Jobs

/// A folder in which programs are run as jobs.
final class Workshop: Sendable {
    let folder: String
    let id = "job-\(UUID().uuidString)"

    init(
        _ folder: String = NSTemporaryDirectory() + "leeway-jobs-\(UUID().uuidString)"
    ) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var scratch: String { folder + "/scratch" }
    private var logPath: String { folder + "/log" }

    var log: String { String(decoding: logBytes, as: UTF8.self) }
    var logBytes: Data { FileManager.default.contents(atPath: logPath) ?? Data() }

    func run(
        _ command: JobCommand, _ limits: JobLimits = .short, rounds: Int? = nil, until stop: JobStop? = nil,
        onEvent: @escaping @Sendable (JobProcess.Event) -> Void = { _ in }
    ) async throws -> JobEnd {
        let process = JobProcess(
            id: id, command: command, limits: limits, scratch: scratch, logPath: logPath, rounds: rounds)
        return await process.run(until: try stop ?? JobStop(), onEvent: onEvent)
    }

    func shell(
        _ script: String, _ limits: JobLimits = .short, until stop: JobStop? = nil
    ) async throws -> JobEnd {
        try await run(.shell(script), limits, until: stop)
    }

    func python(_ script: String, _ limits: JobLimits = .short) async throws -> JobEnd {
        try await run(JobCommand("python3", ["-c", script]), limits)
    }

    /// The text of a file in the scratch folder.
    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(scratch)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Waits until a job has written a file.
    func wait(for name: String) async throws {
        while text(name)?.isEmpty != false { try await Task.sleep(for: .milliseconds(10)) }
    }
}

extension JobCommand {
    static func shell(_ script: String) -> JobCommand { JobCommand("sh", ["-c", script]) }
}

extension JobLimits {
    /// A test does not wait for an hour.
    static let short = JobLimits(time: .seconds(60), grace: .milliseconds(300))

    func with(_ change: (inout JobLimits) -> Void) -> JobLimits {
        var limits = self
        change(&limits)
        return limits
    }
}

/// Whether a process is there, and not only waits to be noticed.
func isAlive(_ text: String?) throws -> Bool {
    let id = try #require(pid_t((text ?? "").trimmingCharacters(in: .whitespacesAndNewlines)))
    return ProcessEntry.all().contains { $0.id == id && !$0.isZombie }
}

/// A process that the registry of before has left behind.
final class Sleeper: Sendable {
    let id = "job-\(UUID().uuidString)"

    init() throws {
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
