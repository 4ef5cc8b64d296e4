import ConfigurationFile
package import Jobs

/// How the registry runs jobs, and for how long it remembers them.
package struct JobsConfiguration: Equatable, Sendable {
    /// How many at a time.
    package var parallel: Int
    package var limits: JobLimits
    /// How long a job and its log are kept after its end.
    package var keep: Duration

    package init(parallel: Int = 1, limits: JobLimits = JobLimits(), keep: Duration = .seconds(30 * 86_400)) {
        (self.parallel, self.limits, self.keep) = (parallel, limits, keep)
    }

    /// Where these are set, for messages.
    static let section = "[registry.jobs]"
}

extension JobsConfiguration {
    /// Reads `[registry.jobs]`.
    init(_ table: ConfigurationTable) {
        let standard = JobsConfiguration()
        self.init(
            parallel: table.integer("parallel", atLeast: 1) ?? standard.parallel,
            limits: JobLimits(table, standard.limits),
            keep: table.duration("keep", atLeast: .seconds(60)) ?? standard.keep)
    }
}

extension JobLimits {
    /// Reads the keys that say what a job may use; those that are missing are as in `standard`.
    init(_ table: ConfigurationTable, _ standard: JobLimits) {
        self.init(
            time: table.duration("time", atLeast: .seconds(1)) ?? standard.time,
            cpu: table.duration("cpu", atLeast: .seconds(1)) ?? standard.cpu,
            memory: table.size("memory", atLeast: 16 << 20) ?? standard.memory,
            file: table.size("file", atLeast: 1 << 20) ?? standard.file,
            log: table.size("log", atLeast: 4 << 10) ?? standard.log,
            niceness: table.integer("nice", from: 0, to: 19) ?? standard.niceness,
            grace: table.duration("grace") ?? standard.grace, threads: standard.threads)
    }
}
