import Dispatch

/// Runs an actor's file operations on a dispatch queue: they block, and an `fsync` may do so for seconds, which would
/// hold up everything on the cooperative pool, and more so on an event loop.
final class FileExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "leeway.artifact")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
