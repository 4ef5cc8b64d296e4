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
        let isOverdue = Mutex(false)
        let running = Running(process)
        let deadline = Task {
            try await Task.sleep(for: time)
            isOverdue.withLock { $0 = true }
            running.kill()
        }
        defer { deadline.cancel() }
        let end = try await withTaskCancellationHandler {
            try await running.end()
        } onCancel: {
            running.kill()
        }
        try Task.checkCancellation()
        return isOverdue.withLock(\.self) ? .overdue : end
    }

    private static func writing(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }
}

/// Foundation's process is no `Sendable`, and is touched here under a lock.
private final class Running: Sendable {
    private let process: Mutex<Process>

    init(_ process: sending Process) { self.process = Mutex(process) }

    func end() async throws -> ChildProcess.End {
        try await withCheckedThrowingContinuation { continuation in
            process.withLock { process in
                process.terminationHandler = { ended in
                    let status = ended.terminationStatus
                    continuation.resume(
                        returning: ended.terminationReason == .exit
                            ? .exited(status) : .killed(signal: status))
                }
                do {
                    try process.run()
                } catch {
                    process.terminationHandler = nil
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    func kill() {
        process.withLock { process in
            if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        }
    }
}
