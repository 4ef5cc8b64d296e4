import Foundation
import Registry

/// Models that differ from the champion in nothing but the seed of their training.
struct ChampionTwins: Sendable {
    let recorded: RecordedTraining
    let folder: TrainingFolder
    let programs: TrainingPrograms
    let jobs: TrainingJobs

    private var record: TrainingRecord { recorded.record }

    /// Splits the rows that the champion was trained on.
    ///
    /// - Returns: whether they are still there, and the champion was not trained by a command.
    func prepare(_ registry: Registry) async throws -> Bool {
        let set = try await ifThere {
            try await registry.trainingSet(record.dataset, of: jobs.model)
        }
        guard let set, let parameters = try record.recipe.parameters() else { return false }
        try folder.write(parameters, "parameters.json")
        try folder.write(recorded.schema, "schema.json")
        _ = try folder.folder("rows")
        try await jobs.run(
            .split,
            record.splitCommand(
                programs, dataset: registry.file(of: set), schema: folder["schema.json"],
                output: folder["rows"]))
        return true
    }

    /// - Parameter number: from 1; how much its seed is above the champion's.
    func train(_ number: Int) async throws -> TrainingFolder {
        let output = TrainingFolder(folder["model-\(number)"])
        let command = record.trainCommand(
            programs, rows: folder["rows/training.csv"], schema: folder["schema.json"],
            parameters: folder["parameters.json"], output: output.path,
            seed: (record.recipe.seed &+ UInt32(number)) & UInt32(Int32.max))
        guard let command else { throw TrainingFailure("the champion was trained by a command") }
        try await jobs.run(.train, command, rounds: record.recipe.rounds)
        return output
    }
}

/// A training as a version has recorded it, with the schema's file.
struct RecordedTraining: Sendable {
    var record: TrainingRecord
    var schema: Data
}
