import Glibc

/// What one side writes the other reads, without waiting.
final class Pipe: Sendable {
    let reading: CInt
    let writing: CInt

    init() throws(JobStartError) {
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw JobStartError("the system has no pipe to spare: \(systemError)")
        }
        (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    }

    deinit { close(reading) }

    /// So that it ends when the child does. To be called once.
    func closeWriting() { close(writing) }
}
