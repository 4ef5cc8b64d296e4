import Foundation
import Glibc

/// One run of a program as a job.
package struct JobProcess: Sendable {
    /// Hard to guess: its processes are known by it.
    package var id: String
    package var command: JobCommand
    package var limits: JobLimits
    /// A folder that is there.
    package var scratch: String
    package var logPath: String
    /// How many rounds of progress there will be, where that is known.
    package var rounds: Int?

    package init(
        id: String, command: JobCommand, limits: JobLimits, scratch: String, logPath: String,
        rounds: Int? = nil
    ) {
        (self.id, self.command, self.limits, self.scratch) = (id, command, limits, scratch)
        (self.logPath, self.rounds) = (logPath, rounds)
    }

    package enum Event: Equatable, Sendable {
        case started(pid: Int32)
        case progress(JobProgress)
    }

    /// Runs it to its end. Progress is told once a second at most.
    ///
    /// A thread of its own does so: it blocks, and the kernel kills a child when the thread that started it ends, as all
    /// threads do when the registry is killed.
    package func run(
        until stop: JobStop, onEvent: @escaping @Sendable (Event) -> Void = { _ in }
    ) async -> JobEnd {
        await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: watch(stop, onEvent)) }
            thread.name = "leeway.job"
            thread.start()
        }
    }

    private func watch(_ stop: JobStop, _ onEvent: @escaping @Sendable (Event) -> Void) -> JobEnd {
        do throws(JobStartError) {
            var log = try JobLog(path: logPath, limit: limits.log)
            let child = try ChildProcess(
                command.executable(), command.arguments,
                environment: command.environment(of: id, scratch: scratch, threads: limits.threads),
                folder: command.folder ?? scratch, limits)
            onEvent(.started(pid: child.id))
            var watch = JobWatch(self, stop, onEvent)
            return watch.run(child, &log)
        } catch {
            return JobEnd(
                outcome: .notStarted(error), duration: .zero, use: ResourceUse(), lastErrors: [],
                progress: nil)
        }
    }
}
