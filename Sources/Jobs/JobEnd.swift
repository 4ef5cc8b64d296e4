/// How a job ended.
package struct JobEnd: Equatable, Sendable {
    package enum Outcome: Equatable, Sendable {
        case exited(Int32)
        /// By a signal that nobody here sent.
        case signalled(Int32)
        case stopped(JobStop.Reason)
        case notStarted(JobStartError)
    }

    package var outcome: Outcome
    package var duration: Duration
    package var use: ResourceUse
    /// The last lines of its standard error, without what moves a cursor.
    package var lastErrors: [String]
    package var progress: JobProgress?
}

/// What a job has used, as far as its processes waited for their children.
package struct ResourceUse: Equatable, Sendable {
    package var cpu: Duration
    /// Bytes, of the largest process. The kernel counts from what the registry itself held when it started it.
    package var peakMemory: Int64

    package init(cpu: Duration = .zero, peakMemory: Int64 = 0) {
        (self.cpu, self.peakMemory) = (cpu, peakMemory)
    }
}

extension JobEnd {
    package var hasSucceeded: Bool { outcome == .exited(0) }

    /// What happened, in a sentence that says what to do where something can be done.
    ///
    /// - Parameters:
    ///   - section: where the limits are set, as `[registry.jobs]`.
    ///   - answers: exit codes beside 0 that are no failures.
    package func sentence(
        _ limits: JobLimits, section: String, answers: Set<Int32> = []
    ) -> String {
        switch outcome {
        case .exited(0): "done after \(duration.brief)"
        case .exited(let code) where answers.contains(code):
            "done after \(duration.brief), with exit code \(code)"
        case .exited(let code): "ended with exit code \(code)\(complaint)\(memoryHint(limits, section))"
        case .signalled(let signal): sentence(signal, limits, section)
        case .stopped(.time):
            "stopped after \(limits.time.brief): its time limit; raise time in \(section)"
        case .stopped(.memory(let bytes)):
            "stopped when its processes held \(bytes.briefBytes): its memory limit is "
                + "\(limits.memory.briefBytes); raise memory in \(section)"
        case .stopped(.cancelled(let by)): "cancelled by \(by)"
        case .stopped(.ending): "the registry ended"
        case .notStarted(let error): "could not be started: \(error)"
        }
    }

    private func sentence(_ signal: Int32, _ limits: JobLimits, _ section: String) -> String {
        switch Signal(rawValue: signal) {
        case .SIGXCPU: cpuSentence(limits, section)
        case .SIGKILL where use.cpu >= limits.cpu: cpuSentence(limits, section)
        case .SIGXFSZ:
            "ended because it wrote a file of over \(limits.file.briefBytes): its limit; raise file in \(section)"
        case .SIGKILL: "was killed by another process, or by the system for want of memory\(complaint)"
        case let known?: "ended by signal \(signal) (\(known))\(complaint)\(memoryHint(limits, section))"
        case nil: "ended by signal \(signal)\(complaint)"
        }
    }

    private func cpuSentence(_ limits: JobLimits, _ section: String) -> String {
        "stopped after \(limits.cpu.brief) of processor time: its limit; raise cpu in \(section)"
    }

    private var complaint: String { lastErrors.last.map { ": \($0)" } ?? "" }

    /// A process that gets no more memory says so itself, in its language's words.
    private func memoryHint(_ limits: JobLimits, _ section: String) -> String {
        let words = ["MemoryError", "bad_alloc", "Cannot allocate memory", "out of memory", "Out of memory"]
        let isAboutMemory = lastErrors.contains { line in words.contains { line.contains($0) } }
        guard isAboutMemory else { return "" }
        return "; its memory limit is \(limits.memory.briefBytes), raise memory in \(section)"
    }
}

/// Signals that end programs, by their names.
private enum Signal: Int32 {
    case SIGHUP = 1
    case SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2
    case SIGPIPE, SIGALRM, SIGTERM
    case SIGXCPU = 24
    case SIGXFSZ = 25
}

extension Duration {
    /// As a person reads it: `1h30m`, `12s`, `850ms`.
    var brief: String {
        let seconds = components.seconds
        guard seconds > 0 else { return "\(components.attoseconds / 1_000_000_000_000_000)ms" }
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
    }
}

extension BinaryInteger {
    /// Bytes as a person reads them: `4GiB`, `1.5MiB`.
    var briefBytes: String {
        let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
        guard let (size, unit) = units.first(where: { self >= $0.0 }) else { return "\(self)B" }
        let tenths = (Double(self) / Double(size) * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))\(unit)" : "\(tenths)\(unit)"
    }
}
