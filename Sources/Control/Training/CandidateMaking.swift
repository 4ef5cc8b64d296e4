import Crypto
import Drift
import Foundation
import Jobs
import Registry
import Retraining
import Rollouts

/// A training under way: rows split, a candidate trained, scored beside the champion, judged, and kept.
struct CandidateMaking: Sendable {
    let training: CandidateTraining
    let set: TrainingSet
    let schema: SchemaFile
    let journal: RunJournal
    let jobs: TrainingJobs

    var registry: Registry { training.context.registry }
    var programs: TrainingPrograms { training.context.programs }
    var recipe: TrainingRecipe { training.model.recipe }
    var folder: TrainingFolder { training.folder }
    var schemaPath: String { folder["schema.json"] }
    var holdout: String { folder["rows/holdout.csv"] }
    /// The same rows without their labels.
    var questions: String { folder["rows/questions.csv"] }

    func run() async throws -> RetrainRecord {
        var record = try await record()
        try await prepare(record)
        let champion = try await champion()
        try champion?.refuseSeenRows(record)
        let judging = try await split(record)
        let use = try holdoutUse(judging)
        let manifest = try await train(record)
        record.payload = manifest?.digest
        record.environment.xgboost = manifest?.xgboost
        try await journal.put(record.json(), TrainingRecord.path)
        try restore(judging.digests)
        try await score(champion)
        let report = try await judge(champion, by: use)
        try await registry.note(use, by: .registry)
        try await describe(record)
        return try await conclude(record, report, champion)
    }

    func step(_ text: String) async throws {
        try await registry.note(text, of: training.lease, by: .registry)
    }

    // MARK: What it is made from

    private func record() async throws -> TrainingRecord {
        guard let facts = set.facts, let column = facts.timeColumn, let last = facts.last else {
            throw TrainingFailure(
                "dataset \(set.id.prefix(12)) has no times, by which the holdout is told from what is learnt from: "
                    + "name their column by time_column, or --time-column of `leeway dataset add`")
        }
        let request = training.lease.record.request
        let known = facts.labelCutoff ?? last
        let now = request.namedSpan.map { min(known, $0.end) } ?? known
        let first = recipe.firstMoment(now: now, change: request.changeBegan)
        return TrainingRecord(
            recipe: recipe, dataset: set.id, timeColumn: column, now: now,
            from: [first, request.namedSpan?.start].compactMap(\.self).max(),
            schema: SHA256.hash(data: schema.json).hexadecimal, request: request.id, cause: request.cause,
            environment: .current(
                leeway: training.context.leewayVersion, trainer: programs.trainer, code: try await code()))
    }

    private func code() async throws -> TrainingCode? {
        let command = JobCommand("sh", ["-c", TrainingCode.script], folder: training.model.folder)
        do {
            return TrainingCode(output: try jobs.log(of: try await jobs.run(.inspect, command)))
        } catch is TrainingFailure {
            // A machine without git, or a folder that it cannot read, is none of the training's business.
            return nil
        }
    }

    private func prepare(_ record: TrainingRecord) async throws {
        try folder.write(schema.json, "schema.json")
        if let parameters = try recipe.parameters() { try folder.write(parameters, "parameters.json") }
        _ = try folder.folder("rows")
        try await journal.put(record.json(), TrainingRecord.path)
        try await journal.put(schema.json, TrainingRecord.schemaPath)
        try await journal.put(training.lease.record.request.json(), "training/request.json")
        try await journal.log(params: record.params)
        try await journal.log(tags: record.tags)
    }

    /// What the candidate will be judged by.
    private struct Judging {
        var digests: [String]
        var holdout: SplitEvent.Split.Part
    }

    private func split(_ record: TrainingRecord) async throws -> Judging {
        try await step("splits dataset \(set.id.prefix(12))")
        let job = try await jobs.run(
            .split,
            record.splitCommand(
                programs, dataset: registry.file(of: set), schema: schemaPath, output: folder["rows"]))
        guard let split = try jobs.events("split", of: job, as: SplitEvent.self).first?.split else {
            throw TrainingFailure("split, job \(job.id.prefix(12)), did not say what it did")
        }
        try await journal.put(JSONEncoder().encode(split), "training/split.json")
        try await journal.log(metrics: [
            ("rows.training", Double(split.training.rows), 0),
            ("rows.holdout", Double(split.holdout.rows), 0),
        ])
        return Judging(digests: try judgingDigests(), holdout: split.holdout)
    }

    private func holdoutUse(_ judging: Judging) throws -> HoldoutUse {
        guard let first = Timestamp(rfc3339: judging.holdout.from),
            let last = Timestamp(rfc3339: judging.holdout.to)
        else { throw TrainingFailure("split did not say of when the holdout is") }
        return HoldoutUse(
            model: recipe.model, judge: training.lease.record.id, digest: judging.digests[0], first: first,
            last: last)
    }

    private func judgingDigests() throws -> [String] {
        try ["rows/holdout.csv", "rows/questions.csv"].map(folder.digest)
    }

    /// What the candidate is judged by is what it was before anything was trained: a command has the same folder.
    private func restore(_ digests: [String]) throws {
        guard try judgingDigests() == digests else {
            throw TrainingFailure(
                "the training has changed the holdout: read it, and write to LEEWAY_OUTPUT alone")
        }
        try folder.write(schema.json, "schema.json")
        try folder.write(JSONEncoder().encode(recipe.gate), "policy.json")
    }

    // MARK: Training

    /// - Returns: `nil` of a command's model.
    private func train(_ record: TrainingRecord) async throws -> TrainedManifest? {
        try await step("trains run \(journal.run.id.prefix(12))")
        let trained = record.trainCommand(
            programs, rows: folder["rows/training.csv"], schema: schemaPath,
            parameters: folder["parameters.json"], output: folder["model"])
        guard let trained else {
            try await trainByCommand()
            return nil
        }
        let job = try await jobs.run(.train, trained, rounds: recipe.rounds)
        try await journal.log(
            metrics: jobs.events("round", of: job, as: RoundEvent.self).flatMap(\.values))
        let manifest = try TrainedManifest(folder["model/manifest.json"])
        try await journal.log(params: manifest.parameters)
        return manifest
    }

    private func trainByCommand() async throws {
        guard case .command(let words) = recipe.trainer else { return }
        let server = training.context.tracking
        try await server.lend(to: "run \(journal.run.id.prefix(12))") { variables in
            let command = JobCommand(
                words[0], Array(words.dropFirst()),
                variables: variables.merging([
                    "LEEWAY_DATASET": folder["rows/training.csv"], "LEEWAY_HOLDOUT": holdout,
                    "LEEWAY_OUTPUT": folder["model"], "LEEWAY_SCHEMA": schemaPath,
                    "LEEWAY_SEED": "\(recipe.seed)", "MLFLOW_RUN_ID": journal.run.id,
                ]) { $1 }, folder: training.model.folder)
            try await jobs.run(.train, command)
        }
        _ = try folder.folder("model")
    }
}
