import ArgumentParser
import Foundation
import RegistryClient

struct JobCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "job", abstract: "See what the registry runs: trainings, scorings, and how they went.",
        discussion: "Jobs are started by the registry alone; `leeway retrain` asks for a training.",
        subcommands: [
            JobListCommand.self, JobShowCommand.self, JobLogsCommand.self, JobCancelCommand.self,
        ],
        defaultSubcommand: JobListCommand.self)
}

struct JobListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List jobs, newest first. The default.")

    @Option(help: "Jobs for this model alone.")
    var model: String?

    @Option(
        help: """
            Jobs in this state alone: queued, running, succeeded, failed, cancelled or interrupted.
            """)
    var state: String?

    @Option(help: "At most so many jobs.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000") }
    }

    func run() async throws {
        let answer = try await options.client().jobs(of: model, in: state, limit: limit)
        if options.json { return printJSON(answer.json) }
        let jobs = answer.value["jobs"] ?? []
        guard !jobs.isEmpty else {
            return print("no jobs; the registry starts one when it has accepted to train a model")
        }
        var table = TextTable([
            ("JOB", .left), ("KIND", .left), ("MODEL", .left), ("STATE", .left), ("CREATED", .left),
            ("PROGRESS", .left), ("REASON", .left),
        ])
        for job in jobs {
            table.add([
                String(job.id.prefix(8)), job.kind, Terminal.fitted(job.model, to: 24), job.state,
                job.created.brief, job.progress?.rounds.map { "\($0)" + job.total } ?? "", job.reason,
            ])
        }
        print(Terminal.fitted(table.description))
    }
}

struct JobShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a job: what is run, how far it is, what it used, how it ended.")

    @Argument(help: "The job's id, or the beginning of it.")
    var job: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let answer = try await client.job(client.id(ofJob: job))
        options.json ? printJSON(answer.json) : print(answer.value.details)
    }
}

struct JobLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Print what a job has printed, as it is.",
        discussion: """
            With --follow it goes on until the job has ended, through broken connections and restarts of the registry \
            too, and ends with 1 when the job did not succeed.
            """)

    @Argument(help: "The job's id, or the beginning of it.")
    var job: String

    @Flag(name: [.short, .long], help: "Go on while it runs.")
    var follow = false

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard !options.json else { throw ValidationError("a log is bytes as they are; it has no --json") }
    }

    func run() async throws {
        let client = try options.client()
        var log = FollowedLog(client: client, job: try await client.id(ofJob: job))
        while let piece = try await log.next(follow: follow) {
            FileHandle.standardOutput.write(piece)
        }
        guard follow else { return }
        let end = try await client.job(log.job).value
        printError("job \(end.id.prefix(8)) has \(end.state): \(end.reason)")
        if end.state != "succeeded" { throw ExitCode(1) }
    }
}

/// A log as it comes, piece by piece, each once.
private struct FollowedLog {
    let client: RegistryClient
    let job: String
    private var offset = 0

    init(client: RegistryClient, job: String) { (self.client, self.job) = (client, job) }

    /// How long a registry may be away while its log is followed.
    private static let patience = Duration.seconds(60)

    /// - Parameter follow: wait for more while the job runs.
    /// - Returns: `nil` at the end.
    mutating func next(follow: Bool) async throws -> Data? {
        repeat {
            let piece = try await piece(follow: follow)
            offset = piece.next
            if !piece.bytes.isEmpty { return piece.bytes }
            if !follow || piece.isLast { return nil }
        } while true
    }

    private func piece(follow: Bool) async throws -> JobLogPiece {
        let start = ContinuousClock.now
        while true {
            do {
                return try await client.log(ofJob: job, from: offset, follow: follow)
            } catch {
                let mayReturn = follow && ContinuousClock.now - start < FollowedLog.patience
                guard error.kind == .unreachable, mayReturn else { throw error }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }
}

struct JobCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "End a job: SIGTERM to all of its processes, then SIGKILL.")

    @Argument(help: "The job's id, or the beginning of it.")
    var job: String

    @Option(help: "Why, for the record.")
    var reason: String?

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let answer = try await client.cancelJob(client.id(ofJob: job), reason: reason)
        if options.json { return printJSON(answer.json) }
        print("job \(answer.value.id.prefix(8)) is \(answer.value.state): \(answer.value.reason)")
    }
}

// MARK: - As a person reads it

extension JobSummary {
    /// ` of 100`, where that is known.
    fileprivate var total: String { progress?.of.map { " of \($0)" } ?? "" }

    fileprivate var details: String {
        var fields = Fields(title: "job \(id)")
        fields.add("kind", kind)
        fields.add("model", model)
        fields.add("state", state)
        fields.add("reason", reason)
        fields.add("command", command)
        fields.add("request", retrainRequest ?? "")
        fields.add("run", run ?? "")
        fields.add("progress", progress?.rounds.map { "\($0)\(total) rounds" } ?? progress?.event ?? "")
        fields.add("created", created.brief)
        fields.add("started", started?.brief ?? "")
        fields.add("finished", finished?.brief ?? "")
        fields.add("pid", pid.map(String.init) ?? "")
        fields.add("exit code", exitCode.map(String.init) ?? "")
        fields.add("processor", cpuSeconds.map { "\(brief($0)) s" } ?? "")
        fields.add("peak memory", peakMemoryBytes.map { "\(brief(Double($0) / 0x1p20)) MiB" } ?? "")
        fields.add(section: "metrics", (progress?.metrics ?? [:]).mapValues { brief($0.value) })
        guard let lastErrors, !lastErrors.isEmpty else { return fields.description }
        return fields.description + "\n\nlast errors\n"
            + lastErrors.map { "  " + $0.onOneLine }.joined(separator: "\n")
    }
}
