/// What a job may use. Processor time, memory of a single process and file size are bounds of the kernel's, for each of
/// its processes by itself; the rest is watched from outside, for all of them together.
package struct JobLimits: Equatable, Sendable {
    /// From its start to its end; then SIGTERM to all of its processes, and SIGKILL after `grace`.
    package var time: Duration
    /// Of a process, on all processors together.
    package var cpu: Duration
    /// Bytes: the private memory that one process may hold for writing (RLIMIT_DATA), and what all of them together may
    /// keep resident. Not the size of the address space (RLIMIT_AS): allocators, threads' stacks and GPU drivers reserve
    /// many gigabytes that they never use.
    package var memory: Int
    /// Bytes of any file it writes.
    package var file: Int
    /// Bytes of its log: the beginning and the end are kept.
    package var log: Int
    /// From 0, as others, to 19, when nobody else wants the processor.
    package var niceness: Int
    /// Between SIGTERM and SIGKILL.
    package var grace: Duration
    /// `OMP_NUM_THREADS`; `nil` leaves it to the program.
    package var threads: Int?

    package init(
        time: Duration = .seconds(3600), cpu: Duration = .seconds(4 * 3600), memory: Int = 4 << 30,
        file: Int = 16 << 30, log: Int = 16 << 20, niceness: Int = 10, grace: Duration = .seconds(10),
        threads: Int? = nil
    ) {
        (self.time, self.cpu, self.memory, self.file, self.log) = (time, cpu, memory, file, log)
        (self.niceness, self.grace, self.threads) = (niceness, grace, threads)
    }
}
