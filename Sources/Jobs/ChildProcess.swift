import CLaunch
import Glibc

/// A program that was started, the pipes it prints into, and the duty to wait for its end.
struct ChildProcess: ~Copyable {
    /// Also the id of its session, and of its first group.
    let id: pid_t
    /// Can be read once it has ended.
    let descriptor: CInt
    let output: Pipe
    let error: Pipe

    /// To be called on a thread that outlives the child: it is killed when the thread ends.
    ///
    /// - Parameter environment: of `NAME=value`.
    init(
        _ executable: String, _ arguments: [String], environment: [String], folder: String,
        _ limits: JobLimits
    ) throws(JobStartError) {
        let (output, error) = (try Pipe(), try Pipe())
        defer {
            output.closeWriting()
            error.closeWriting()
        }
        let (id, descriptor) = try start(
            executable, arguments, environment, folder, limits, output: output.writing, error: error.writing)
        (self.id, self.descriptor, self.output, self.error) = (id, descriptor, output, error)
    }

    deinit { close(descriptor) }

    /// Sends a signal to its first group.
    func signal(_ number: CInt) { kill(-id, number) }

    /// Waits for the end, which has come.
    consuming func wait() -> (status: CInt, use: ResourceUse) {
        var (status, usage): (CInt, rusage) = (0, rusage())
        while unsafe wait4(id, &status, 0, &usage) < 0, errno == EINTR {}
        return (status, ResourceUse(usage))
    }
}

extension ResourceUse {
    fileprivate init(_ usage: rusage) {
        let times = [usage.ru_utime, usage.ru_stime]
        let cpu = times.reduce(Duration.zero) { $0 + .seconds($1.tv_sec) + .microseconds($1.tv_usec) }
        // In kibibytes.
        self.init(cpu: cpu, peakMemory: Int64(usage.ru_maxrss) << 10)
    }
}

private func start(
    _ executable: String, _ arguments: [String], _ environment: [String], _ folder: String,
    _ limits: JobLimits, output: CInt, error: CInt
) throws(JobStartError) -> (pid_t, descriptor: CInt) {
    var (step, code) = (leeway_launch_fork, CInt(0))
    let texts = CStrings([executable, folder])
    let (arguments, environment) = (CStrings([executable] + arguments), CStrings(environment))
    let pid = unsafe texts.pointers.withUnsafeBufferPointer { texts in
        unsafe arguments.pointers.withUnsafeBufferPointer { arguments in
            unsafe environment.pointers.withUnsafeBufferPointer { environment in
                var launch = unsafe leeway_launch(
                    executable: texts[0], arguments: arguments.baseAddress,
                    environment: environment.baseAddress,
                    folder: texts[1], output: output, error: error, niceness: CInt(limits.niceness),
                    cpu_seconds: UInt64(limits.cpu.components.seconds), data_bytes: UInt64(limits.memory),
                    file_bytes: UInt64(limits.file))
                return unsafe leeway_start(&launch, &step, &code)
            }
        }
    }
    guard pid > 0 else { throw JobStartError(step, code, executable, folder) }
    return (pid, try descriptor(of: pid))
}

/// A child that cannot be watched is not to go on.
private func descriptor(of child: pid_t) throws(JobStartError) -> CInt {
    let descriptor = leeway_process_descriptor(child)
    guard descriptor < 0 else { return descriptor }
    let reason = systemError
    kill(-child, SIGKILL)
    waitpid(child, nil, 0)
    throw JobStartError("the system has no descriptor to spare: \(reason)")
}

extension JobStartError {
    fileprivate init(_ step: leeway_launch_step, _ code: CInt, _ executable: String, _ folder: String) {
        let reason = unsafe String(cString: strerror(code))
        switch step {
        case leeway_launch_folder: self.init("its folder \(folder) cannot be entered: \(reason)")
        case leeway_launch_execute: self.init("\(executable) cannot be run: \(reason)")
        case leeway_launch_bounds: self.init("its limits cannot be set: \(reason)")
        default: self.init("the system has no process to spare: \(reason)")
        }
    }
}

/// Texts as C takes a list of them: pointers, and a null at the end.
@safe private final class CStrings {
    let pointers: [UnsafeMutablePointer<CChar>?]

    /// A text ends where it holds a NUL.
    init(_ texts: [String]) { unsafe pointers = texts.map { unsafe strdup($0) } + [nil] }

    deinit { unsafe pointers.forEach { unsafe free($0) } }
}
