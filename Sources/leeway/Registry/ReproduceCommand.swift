import ArgumentParser
import Control
import Foundation
import Jobs
import RegistryClient

struct ReproduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Train a recorded run again, here, and compare what comes out.",
        discussion: """
            Downloads the dataset and the record of the run, trains with its seed and threads, and compares the payload's \
            digest: the SHA-256 of model, encoder, schema and threshold. Exits with 0 when it is equal, bit for bit, and 3 \
            when it is not. Nothing is written to the registry.
            """)

    @Argument(help: ArgumentHelp("The run's id.", valueName: "run"))
    var runID: String

    @Option(help: "A folder to leave the model and its rows in; it is not there yet, or empty.")
    var keep: String?

    @Option(help: "The program leeway-trainer. Default: the one beside leeway, else in PATH.")
    var trainer: String?

    @OptionGroup var options: RegistryOptions

    private struct Outcome: Encodable {
        var run: String
        var recorded: String
        var reproduced: String
        var equal: Bool
        /// What is not as it was when the run was recorded.
        var differences: [String]
    }

    func run() async throws {
        let folder = TrainingFolder(
            keep.map { URL(fileURLWithPath: $0).path }
                ?? FileManager.default.temporaryDirectory.path + "/leeway-reproduce-\(UUID().uuidString)")
        try checkIsFree(folder)
        defer { if keep == nil { folder.remove() } }
        let outcome = try await reproduce(in: folder)
        options.json ? try printJSON(outcome) : print(text(outcome))
        guard outcome.equal else { throw ExitCode(3) }
    }

    private func checkIsFree(_ folder: TrainingFolder) throws {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        guard names ?? [] == [] else {
            throw CommandFailure(
                message:
                    "leeway: \(folder.path): is there already: name a folder that is not, or an empty one")
        }
    }

    private func reproduce(in folder: TrainingFolder) async throws -> Outcome {
        let client = try options.client()
        let record = try await record(client)
        guard let recorded = record.payload, let parameters = try record.recipe.parameters() else {
            throw CommandFailure(
                message:
                    "leeway: run \(runID) was trained by a command of its own (\(record.recipe.model)): what it does with "
                    + "seed and rows only it knows. Its dataset is \(record.dataset), its commit "
                    + (record.environment.code?.commit ?? "unknown"))
        }
        _ = try folder.folder("rows")
        let schema = try await client.file(TrainingRecord.schemaPath, ofRun: runID)
        try folder.write(schema, "schema.json")
        try folder.write(parameters, "parameters.json")
        try await download(record, client, to: folder["dataset"])
        var programs = TrainingPrograms.installed()
        if let trainer { programs.trainer = trainer }
        try await run(
            record.splitCommand(
                programs, dataset: folder["dataset"], schema: folder["schema.json"], output: folder["rows"]),
            in: folder)
        let command = record.trainCommand(
            programs, rows: folder["rows/training.csv"], schema: folder["schema.json"],
            parameters: folder["parameters.json"], output: folder["model"])
        if let command { try await run(command, in: folder) }
        let manifest = try TrainedManifest(folder["model/manifest.json"])
        return Outcome(
            run: runID, recorded: recorded, reproduced: manifest.digest, equal: manifest.digest == recorded,
            differences: record.environment.differences(from: programs, xgboost: manifest.xgboost))
    }

    private func record(_ client: RegistryClient) async throws -> TrainingRecord {
        _ = try await client.run(runID)
        let json = try await orNothing { () throws(RegistryClientError) in
            try await client.file(TrainingRecord.path, ofRun: runID)
        }
        guard let json else {
            throw CommandFailure(
                message:
                    "leeway: run \(runID) has no record of a training (\(TrainingRecord.path)): the registry did not train it"
            )
        }
        let record = try JSONDecoder().decode(TrainingRecord.self, from: json)
        guard record.version == TrainingRecord.knownVersion else {
            throw CommandFailure(
                message:
                    "leeway: run \(runID) was recorded by another leeway: its record's version is \(record.version)"
            )
        }
        return record
    }

    /// One file is the same, whichever model it is of.
    private func download(_ record: TrainingRecord, _ client: RegistryClient, to path: String) async throws {
        let sets = try await client.trainingSets(of: nil, id: record.dataset, limit: 100).value[
            "training_sets"]
        guard let set = sets?.first(where: { $0.model == record.recipe.model }) ?? sets?.first else {
            throw CommandFailure(
                message:
                    "leeway: the registry has the dataset no more that run \(runID) was trained on, \(record.dataset)"
            )
        }
        try await client.download(trainingSet: set.id, of: set.model, to: path)
    }

    private static let limits = JobLimits(
        time: .seconds(7 * 86_400), cpu: .seconds(70 * 86_400), memory: 1 << 44, file: 1 << 44, niceness: 0)

    private func run(_ command: Jobs.JobCommand, in folder: TrainingFolder) async throws {
        let process = JobProcess(
            id: UUID().uuidString, command: command, limits: ReproduceCommand.limits, scratch: folder.path,
            logPath: folder["log"])
        let end = try await process.run(until: JobStop())
        guard end.hasSucceeded else {
            throw CommandFailure(
                message:
                    "leeway: \(command.text): \(end.sentence(ReproduceCommand.limits, section: "this command"))"
            )
        }
    }

    private func text(_ outcome: Outcome) -> String {
        var lines = [
            "recorded    \(outcome.recorded)", "reproduced  \(outcome.reproduced)",
            outcome.equal ? "equal, bit for bit" : "not equal".alarming,
        ]
        lines += outcome.differences.map { "note: \($0)" }
        return lines.joined(separator: "\n")
    }
}
