import ArgumentParser
import Drift
import Foundation
import RegistryClient

struct DatasetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dataset", abstract: "Files of rows that models are trained on.",
        discussion: """
            A dataset is one file: CSV, gzipped or not, or SQLite as 'capture export' writes it. It is known by its \
            SHA-256 and does not change; the registry reads it, and says what is in it.
            """,
        subcommands: [
            DatasetListCommand.self, DatasetAddCommand.self, DatasetShowCommand.self, DatasetDiffCommand.self,
            DatasetDownloadCommand.self, DatasetDeleteCommand.self, DatasetInspectCommand.self,
        ],
        defaultSubcommand: DatasetListCommand.self)
}

struct DatasetListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List datasets, newest first. The default.")

    @Option(help: "Datasets of this model alone.")
    var model: String?

    @Option(help: "At most so many datasets.")
    var limit = 50

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard (1...1000).contains(limit) else { throw ValidationError("--limit is between 1 and 1000") }
    }

    func run() async throws {
        let answer = try await options.client().trainingSets(of: model, limit: limit)
        if options.json { return printJSON(answer.json) }
        let sets = answer.value["training_sets"] ?? []
        guard !sets.isEmpty else {
            print("no datasets; `leeway dataset add --model M --schema schema.json FILE` uploads one")
            return
        }
        var table = TextTable([
            ("DATASET", .left), ("MODEL", .left), ("STATE", .left), ("ROWS", .right), ("LABELLED", .right),
            ("FROM", .left), ("TO", .left), ("SIZE", .right), ("CREATED", .left),
        ])
        for set in sets {
            table.add([
                String(set.id.prefix(12)), Terminal.fitted(set.model, to: 24), set.state.rawValue,
                dashed(set.rows), dashed(set.labelled), set.first?.brief ?? "-", set.last?.brief ?? "-",
                set.size.inBytes, set.created?.brief ?? "",
            ])
        }
        print(Terminal.fitted(table.description))
    }
}

struct DatasetShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a dataset: its rows, its labels, its window, where it is from.")

    @OptionGroup var dataset: DatasetArgument
    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let set = try await dataset.find(client)
        let answer = try await client.trainingSet(set.id, of: set.model)
        options.json ? printJSON(answer.json) : print(answer.value.details)
    }
}

struct DatasetDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a dataset that no run and no retrain request refers to.",
        discussion: "Its bytes go with the next `leeway registry gc`.")

    @OptionGroup var dataset: DatasetArgument
    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let set = try await dataset.find(client)
        let answer = try await client.deleteTrainingSet(set.id, of: set.model)
        options.json
            ? printJSON(answer.json) : print("dataset \(set.id.prefix(12)) of \(set.model) is deleted")
    }
}

struct DatasetDownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Write a dataset's file, checked against its id.")

    @OptionGroup var dataset: DatasetArgument

    @Option(help: "The file to write; one that is there is replaced.")
    var output: String

    @OptionGroup var options: RegistryOptions

    func validate() throws {
        guard !output.isEmpty else { throw ValidationError("--output must not be empty") }
    }

    func run() async throws {
        let client = try options.client()
        let set = try await dataset.find(client)
        try await client.download(trainingSet: set.id, of: set.model, to: output)
        if options.json {
            try printJSON(["id": set.id, "path": output])
        } else {
            print("\(output): \(set.size.inBytes), \(set.id)")
        }
    }
}

/// Which dataset a command is about.
struct DatasetArgument: ParsableArguments {
    @Argument(help: "The dataset's id, or the beginning of it.")
    var dataset: String

    @Option(help: "Its model, where several have the same file.")
    var model: String?

    func find(_ client: RegistryClient) async throws -> TrainingSetSummary {
        try await client.trainingSet(named: dataset, of: model)
    }
}

// MARK: - As a person reads it

extension TrainingSetSummary {
    var sentence: String {
        let about = reason.map { ": \($0)" } ?? rows.map { ": \($0) rows, \(labelled ?? 0) labelled" } ?? ""
        return "dataset \(id.prefix(12)) of \(model) is \(state.rawValue)\(about)"
    }

    fileprivate var details: String {
        var fields = Fields(title: "dataset \(id)")
        fields.add("model", model)
        fields.add("state", state.rawValue)
        fields.add("reason", reason ?? "")
        fields.add("format", format ?? "")
        fields.add("size", "\(size) bytes")
        fields.add("rows", rows.map { "\($0), \(labelled ?? 0) labelled" } ?? "")
        fields.add("label", labelColumn ?? "")
        fields.add("time", timeColumn ?? "")
        fields.add("from", first?.description ?? "")
        fields.add("to", last?.description ?? "")
        fields.add("label cut-off", labelCutoff?.description ?? "")
        fields.add("reference", reference ?? "")
        fields.add("created", "\(created?.brief ?? "") by \(createdBy ?? "")")
        fields.add(section: "source", source ?? [:])
        return fields.description
    }
}

extension Int64 {
    /// An amount of bytes to two or three digits: `1.4 GB`.
    var inBytes: String {
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        var (value, unit) = (Double(self), 0)
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        let shown = unit == 0 || value >= 99.95 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
        return "\(shown) \(units[unit])"
    }
}
