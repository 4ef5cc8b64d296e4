import Synchronization

/// Asks a job to end; its watch waits for this beside everything else. The first reason counts.
package final class JobStop: Sendable {
    package enum Reason: Equatable, Sendable {
        /// It ran for longer than it may.
        case time
        /// Its processes held so many bytes together.
        case memory(Int64)
        case cancelled(by: String)
        /// The registry ends.
        case ending
    }

    private let pipe: Pipe
    private let state = Mutex<Reason?>(nil)

    package init() throws(JobStartError) { pipe = try Pipe() }

    deinit { if reason == nil { pipe.closeWriting() } }

    /// Can be read, since it has ended, once there is a reason.
    var descriptor: CInt { pipe.reading }

    package var reason: Reason? { state.withLock { $0 } }

    package func request(_ reason: Reason) {
        state.withLock { first in
            guard first == nil else { return }
            first = reason
            pipe.closeWriting()
        }
    }
}
