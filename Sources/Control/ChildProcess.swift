import Dispatch
import Foundation
import Glibc
import Synchronization

/// A program that is run to its end, for so long.
struct ChildProcess: Sendable {
    enum End: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
        /// It was killed because its time was over.
        case overdue
    }

    let program: String
    let arguments: [String]
    /// Where what it prints is written.
    let output: URL
    let errors: URL

    /// Cancelled, it kills the program.
    func run(for time: Duration) async throws -> End {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) {
            $1
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try ChildProcess.writing(output)
        process.standardError = try ChildProcess.writing(errors)
        let running = Running(process)
        let end = try await withTaskCancellationHandler {
            try await running.end(within: time)
        } onCancel: {
            running.kill()
        }
        try Task.checkCancellation()
        return end
    }

    private static func writing(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }
}

/// Foundation's process is no `Sendable`, and is touched here under a lock.
private final class Running: Sendable {
    private let process: Mutex<Process>
    private let isOverdue = Mutex(false)

    init(_ process: sending Process) { self.process = Mutex(process) }

    /// Starts it, and kills it when its time is over.
    func end(within time: Duration) async throws -> ChildProcess.End {
        // No task waits: where all threads of the cooperative pool are busy, its time would never be over.
        let deadline = DispatchWorkItem { self.isOverdue.withLock { $0 = self.kill() } }
        defer { deadline.cancel() }
        return try await withCheckedThrowingContinuation { continuation in
            process.withLock { process in
                process.terminationHandler = { continuation.resume(returning: self.end(of: $0)) }
                do {
                    try process.run()
                    DispatchQueue.global().asyncAfter(
                        deadline: .now() + (time / .seconds(1)), execute: deadline)
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    private func end(of process: Process) -> ChildProcess.End {
        if isOverdue.withLock(\.self) { return .overdue }
        let status = process.terminationStatus
        return process.terminationReason == .exit ? .exited(status) : .killed(signal: status)
    }

    /// - Returns: false when it does not run.
    @discardableResult func kill() -> Bool {
        process.withLock { process in
            guard process.isRunning else { return false }
            return Glibc.kill(process.processIdentifier, SIGKILL) == 0
        }
    }
}
