import ArgumentParser
import Drift
import Foundation
import RegistryClient

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "Show runs: what was tried, and how it went.",
        subcommands: [RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self],
        defaultSubcommand: RunsListCommand.self)
}

struct RunsListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List runs, newest first. The default.")

    @Option(help: "Runs of this experiment. (default: $MLFLOW_EXPERIMENT_NAME, else all)")
    var experiment: String?

    @Flag(help: "Runs of all experiments.")
    var all = false

    @Option(help: "MLflow's grammar: \"metrics.auc > 0.9 AND params.depth = '8'\".")
    var filter = ""

    @Option(help: "As \"metrics.auc DESC\"; may be given several times.")
    var orderBy: [String] = []

    @Option(help: "At most so many runs.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard experiment == nil || !all else { throw ValidationError("give --experiment or --all, not both") }
        guard (1...1_000_000).contains(limit) else {
            throw ValidationError("--limit is between 1 and 1000000")
        }
    }

    func run() async throws {
        let named = ProcessInfo.processInfo.environment["MLFLOW_EXPERIMENT_NAME"].flatMap {
            $0.isEmpty ? nil : $0
        }
        let experiment = all ? nil : experiment ?? named
        let runs = try await options.client().runs(
            of: experiment, filter: filter, order: orderBy, limit: limit)
        if options.json { return try printJSON(["runs": runs]) }
        guard !runs.isEmpty else {
            print(filter.isEmpty ? "no runs yet; mlflow.start_run() makes one" : "no runs that \(filter)")
            return
        }
        print(table(of: runs, isOneExperiment: experiment != nil))
    }

    /// On a terminal, as many metrics as it has room for.
    private func table(of runs: [RunSummary], isOneExperiment: Bool) -> String {
        let metrics = Set(runs.flatMap(\.metrics.keys)).sorted()
        for count in stride(from: metrics.count, to: 0, by: -1) {
            let text = table(of: runs, isOneExperiment, metrics: metrics.prefix(count))
            if Terminal.fits(text) { return text }
        }
        return table(of: runs, isOneExperiment, metrics: [])
    }

    private func table(
        of runs: [RunSummary], _ isOneExperiment: Bool, metrics: ArraySlice<String>
    ) -> String {
        var columns: [(title: String, alignment: TextTable.Alignment)] = [("RUN", .left), ("NAME", .left)]
        if !isOneExperiment { columns.append(("EXPERIMENT", .left)) }
        columns += [("STATUS", .left), ("STARTED", .left), ("TOOK", .right)]
        var table = TextTable(columns + metrics.map { ($0, .right) })
        for run in runs {
            var row = [String(run.id.prefix(8)), Terminal.fitted(run.name, to: 18)]
            if !isOneExperiment { row.append(Terminal.fitted(run.experiment, to: 14)) }
            row += [run.status, run.started?.brief ?? "-", run.duration]
            table.add(row + metrics.map { run.metrics[$0].map { brief($0.value) } ?? "-" })
        }
        return table.description
    }
}

struct RunsShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a run with all that was logged to it.")

    @Argument(help: "The run's id, the beginning of it, or its name.")
    var run: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let answer = try await client.run(client.id(ofRun: run))
        options.json ? printJSON(answer.json) : print(answer.value.details)
    }
}

struct RunsCompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Show runs side by side; what differs is marked.")

    @Argument(help: "Two runs or more: their ids, the beginnings of them, or their names.")
    var runs: [String]

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard runs.count >= 2 else { throw ValidationError("two runs or more are compared") }
    }

    func run() async throws {
        let client = try options.client()
        var found: [RunSummary] = []
        for run in runs { found.append(try await client.run(client.id(ofRun: run)).value) }
        options.json
            ? try printJSON(["runs": found]) : print(Terminal.fitted(RunComparison(found).description))
    }
}

extension RunSummary {
    /// As `1h02m`; of a run that goes on, nothing.
    fileprivate var duration: String {
        guard let started, let ended, ended >= started else { return "-" }
        let (nanoseconds, isTooLong) = ended.nanoseconds.subtractingReportingOverflow(started.nanoseconds)
        guard !isTooLong else { return "-" }
        let seconds = nanoseconds / 1_000_000_000
        return switch seconds {
        case ..<60: "\(seconds)s"
        case ..<3600: "\(seconds / 60)m\(seconds % 60)s"
        default: "\(seconds / 3600)h\(seconds / 60 % 60)m"
        }
    }

    fileprivate var details: String {
        var fields = Fields(title: "run \(id)")
        fields.add("name", name)
        fields.add("experiment", experiment)
        fields.add("status", status)
        fields.add("started", started?.brief ?? "-")
        fields.add("took", duration)
        fields.add("user", user)
        fields.add(section: "params", params)
        fields.add(section: "metrics", metrics.mapValues { "\($0.value)" })
        fields.add(section: "tags", tags)
        fields.add(section: "lineage", (lineage ?? [:]).mapValues(\.description))
        return fields.description
    }
}
