import Glibc

/// Looks after one child: what it prints goes to its log, what it uses is held against its limits, and no process of its
/// stays behind.
struct JobWatch {
    private let job: JobProcess
    private let stop: JobStop
    private let onEvent: @Sendable (JobProcess.Event) -> Void
    private let start = ContinuousClock.now

    private var reader: ProgressReader
    private var told: (progress: JobProgress?, time: ContinuousClock.Instant)
    private var (outputLines, errorLines) = (LineGatherer(), LineGatherer())
    private var errors = ErrorTail()
    private var isOpen = (output: true, error: true)
    private var nextLook: ContinuousClock.Instant
    /// Why it was told to end, and from when on it is not asked any more.
    private var ending: (reason: JobStop.Reason, kill: ContinuousClock.Instant)?

    private static let interval = Duration.seconds(1)
    private static let pieceSize = 64 << 10
    /// A pipe holds 64 KiB unless somebody has asked for more, which is 1 MiB at most.
    private static let piecesInPipe = 16

    init(_ job: JobProcess, _ stop: JobStop, _ onEvent: @escaping @Sendable (JobProcess.Event) -> Void) {
        (self.job, self.stop, self.onEvent) = (job, stop, onEvent)
        reader = ProgressReader(rounds: job.rounds)
        nextLook = start + JobWatch.interval
        told = (nil, start)
    }

    mutating func run(_ child: consuming ChildProcess, _ log: inout JobLog) -> JobEnd {
        while !waitForNews(child) {
            read(child, &log)
            keepLimits(child)
            tellProgress()
        }
        JobProcesses.end(session: child.id, ofJob: job.id)
        closeLog(child, &log)
        let (status, use) = child.wait()
        return JobEnd(
            outcome: outcome(status), duration: ContinuousClock.now - start, use: use,
            lastErrors: errors.lines, progress: reader.progress)
    }

    private func outcome(_ status: CInt) -> JobEnd.Outcome {
        if let ending { return .stopped(ending.reason) }
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
    }

    // MARK: News

    /// - Returns: whether the child has ended.
    private func waitForNews(_ child: borrowing ChildProcess) -> Bool {
        let wanted: [(CInt, Bool)] = [
            (child.descriptor, true), (stop.descriptor, ending == nil), (child.output.reading, isOpen.output),
            (child.error.reading, isOpen.error),
        ]
        var descriptors = wanted.map { pollfd(fd: $1 ? $0 : -1, events: Int16(POLLIN), revents: 0) }
        let count = unsafe poll(&descriptors, nfds_t(descriptors.count), pause)
        return count > 0 && descriptors[0].revents != 0
    }

    /// Milliseconds until something is due, rounded up.
    private var pause: CInt {
        let due = min(nextLook, ending?.kill ?? start + job.limits.time)
        let wait = (due - ContinuousClock.now) / .milliseconds(1)
        return CInt(max(0, min(wait.rounded(.up), 1000)))
    }

    // MARK: What it prints

    /// - Returns: whether there was anything.
    @discardableResult
    private mutating func read(_ child: borrowing ChildProcess, _ log: inout JobLog) -> Bool {
        let output = readPiece(child.output.reading, limit: JobWatch.pieceSize)
        let error = readPiece(child.error.reading, limit: JobWatch.pieceSize)
        isOpen = (output != [], error != [])
        if let output { take(outputLines.take(output), &log) }
        if let error {
            errors.append(error)
            log.append(errorLines.take(error))
        }
        return output?.isEmpty == false || error?.isEmpty == false
    }

    private mutating func take(_ lines: [UInt8], _ log: inout JobLog) {
        reader.read(lines)
        log.append(lines)
    }

    /// Takes what the pipes still hold, and no more: a process that got away may go on to write.
    private mutating func closeLog(_ child: borrowing ChildProcess, _ log: inout JobLog) {
        for _ in 0..<JobWatch.piecesInPipe where !read(child, &log) { break }
        take(outputLines.rest(), &log)
        log.append(errorLines.rest())
        log.finish()
    }

    private mutating func tellProgress() {
        let now = ContinuousClock.now
        guard reader.progress != told.progress, now - told.time >= JobWatch.interval else { return }
        told = (reader.progress, now)
        if let progress = reader.progress { onEvent(.progress(progress)) }
    }

    // MARK: Limits

    private mutating func keepLimits(_ child: borrowing ChildProcess) {
        let now = ContinuousClock.now
        if let (reason, time) = ending {
            guard now >= time else { return }
            child.signal(SIGKILL)
            ending = (reason, now + JobWatch.interval)
        } else if let reason = stop.reason {
            end(child, reason, at: now)
        } else if now - start >= job.limits.time {
            end(child, .time, at: now)
        }
        guard now >= nextLook else { return }
        nextLook = now + JobWatch.interval
        keepMemory(child, at: now)
    }

    private mutating func end(
        _ child: borrowing ChildProcess, _ reason: JobStop.Reason, at now: ContinuousClock.Instant
    ) {
        ending = (reason, now + job.limits.grace)
        child.signal(SIGTERM)
    }

    /// What grows so fast is not asked to end.
    private mutating func keepMemory(_ child: borrowing ChildProcess, at now: ContinuousClock.Instant) {
        guard let held = JobProcesses.bytes(ofSession: child.id, above: job.limits.memory) else { return }
        ending = ending ?? (.memory(held), now)
        child.signal(SIGKILL)
    }
}
