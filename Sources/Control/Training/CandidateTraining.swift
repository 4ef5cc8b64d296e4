import Crypto
import Drift
import Foundation
import Jobs
import Logging
import Registry
import Retraining
import Rollouts

/// What all trainings need.
struct TrainingContext: Sendable {
    let registry: Registry
    let jobs: JobRunner
    let programs: TrainingPrograms
    let tracking: TrackingServer
    /// Of `leeway`.
    let version: String
    let logger: Logger
}

/// One training, from a request that was leased to a version that was judged.
struct CandidateTraining: Sendable {
    let lease: RetrainLease
    let model: TrainedModel
    let context: TrainingContext
    let folder: TrainingFolder

    private var registry: Registry { context.registry }
    private var recipe: TrainingRecipe { model.recipe }

    init(_ lease: RetrainLease, _ model: TrainedModel, _ context: TrainingContext) {
        (self.lease, self.model, self.context) = (lease, model, context)
        folder = TrainingFolder("\(context.registry.jobFolder)/training/\(lease.record.id)")
    }

    /// - Returns: the request as it ended.
    /// - Throws: `TrainingFailed`, `TrainingStopped`, or the registry when it cannot keep what was made.
    func run(on rows: TrainingRows) async throws -> RetrainRecord {
        try folder.create()
        defer { folder.remove() }
        let schema = try schema()
        let set = try await trainingSet(rows, schema)
        // The request says what it was trained on, unless somebody has said so before.
        _ = try? await registry.giveDataset(set.id, to: lease.record.id, by: .registry)
        try await registry.checkContent(of: set)
        let journal = try await RunJournal.begin(lease.record, set, in: registry)
        let jobs = TrainingJobs(
            runner: context.jobs, registry: registry, model: model, request: lease.record.id,
            run: journal.run.id)
        do {
            return try await CandidateMaking(
                training: self, set: set, schema: schema, journal: journal, jobs: jobs
            ).run()
        } catch {
            try? await journal.keepLogs(of: jobs)
            try? await journal.end(error is TrainingStopped ? .killed : .failed)
            throw TrainingEnd(run: journal.run.id, cause: error)
        }
    }

    /// The schema's file, and what it says.
    private func schema() throws -> (json: Data, schema: ModelSchema) {
        let path = model.path(recipe.schema)
        guard let json = FileManager.default.contents(atPath: path) else {
            throw TrainingFailure("the schema \(path) cannot be read")
        }
        do { return (json, try JSONDecoder().decode(ModelSchema.self, from: json)) } catch {
            throw TrainingFailure("\(path) is no schema: \(error)")
        }
    }

    private func trainingSet(
        _ rows: TrainingRows, _ schema: (json: Data, schema: ModelSchema)
    ) async throws -> TrainingSet {
        switch rows {
        case .ready(let set): return set
        case .unusable(let reason), .awaited(let reason): throw TrainingFailure(reason)
        case .file(let path, let sha256):
            try await registry.note("takes \(path) in as a dataset", of: lease, by: .registry)
            return try await registry.adopt(path, expecting: sha256, model, schema: schema.schema)
        }
    }
}

/// How a training ended before its time, and the run that it had begun.
struct TrainingEnd: Error {
    var run: String
    var cause: any Error
}

/// A training under way: rows split, a candidate trained, scored beside the champion, judged, and kept.
struct CandidateMaking: Sendable {
    let training: CandidateTraining
    let set: TrainingSet
    let schema: (json: Data, schema: ModelSchema)
    let journal: RunJournal
    let jobs: TrainingJobs

    private var registry: Registry { training.context.registry }
    private var programs: TrainingPrograms { training.context.programs }
    private var recipe: TrainingRecipe { training.model.recipe }
    private var folder: TrainingFolder { training.folder }
    private var schemaPath: String { folder["schema.json"] }
    private var holdout: String { folder["rows/holdout.csv"] }

    func run() async throws -> RetrainRecord {
        var record = try await record()
        try await prepare(record)
        try await split(record)
        let manifest = try await train(record)
        record.payload = manifest?.digest
        record.environment.xgboost = manifest?.xgboost
        try await journal.put(record.json(), TrainingRecord.path)
        let champion = try await champion()
        try await score(champion)
        let report = try await judge(champion)
        try await describe(record)
        return try await conclude(record, report, champion)
    }

    private func step(_ text: String) async throws {
        try await registry.note(text, of: training.lease, by: .registry)
    }

    // MARK: What it is made from

    private func record() async throws -> TrainingRecord {
        guard let facts = set.facts, let column = facts.timeColumn, let last = facts.last else {
            throw TrainingFailure(
                "dataset \(set.id.prefix(12)) has no times, by which the holdout is told from what is learnt from: "
                    + "name their column by time_column, or --time-column of `leeway dataset add`")
        }
        let (request, now) = (training.lease.record.request, facts.labelCutoff ?? last)
        return TrainingRecord(
            recipe: recipe, dataset: set.id, timeColumn: column, now: now,
            from: recipe.firstMoment(now: now, change: request.changeBegan),
            schema: SHA256.hash(data: schema.json).hexadecimal, request: request.id, cause: request.cause,
            environment: .current(
                leeway: training.context.version, trainer: programs.trainer, code: try await code()))
    }

    private func code() async throws -> TrainingCode? {
        let command = JobCommand("sh", ["-c", TrainingCode.script], folder: training.model.folder)
        // A machine without git, or a folder that it cannot read, is none of the training's business.
        guard let job = try? await jobs.run(.inspect, command) else { return nil }
        return TrainingCode(output: try jobs.log(of: job))
    }

    private func prepare(_ record: TrainingRecord) async throws {
        try folder.write(schema.json, "schema.json")
        try folder.write(JSONEncoder().encode(recipe.gate), "policy.json")
        if let parameters = try recipe.parameters() { try folder.write(parameters, "parameters.json") }
        _ = try folder.folder("rows")
        try await journal.put(schema.json, TrainingRecord.schemaPath)
        try await journal.put(training.lease.record.request.json(), "training/request.json")
        try await journal.log(params: record.params)
        try await journal.log(tags: record.tags)
    }

    private func split(_ record: TrainingRecord) async throws {
        try await step("splits dataset \(set.id.prefix(12))")
        let job = try await jobs.run(
            .split,
            record.splitCommand(
                programs, dataset: registry.file(of: set), schema: schemaPath, output: folder["rows"]))
        let lines = try jobs.events("split", of: job, as: SplitEvent.self)
        guard let split = lines.first?.split else { return }
        try await journal.put(JSONEncoder().encode(split), "training/split.json")
        try await journal.log(metrics: [
            ("rows.training", Double(split.training.rows), 0),
            ("rows.holdout", Double(split.holdout.rows), 0),
        ])
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

    // MARK: Judging

    private struct Champion {
        var version: Int64
        var folder: TrainingFolder
    }

    /// The one that serves, with its files.
    private func champion() async throws -> Champion? {
        let standing = try? await registry.standing(of: recipe.model)
        guard let version = standing?.champion else { return nil }
        let root = try folder.folder("champion")
        try await registry.copyFiles(ofVersion: version, of: recipe.model, to: root.path)
        return Champion(version: version, folder: root.holdingModel)
    }

    private func score(_ champion: Champion?) async throws {
        // Said before anything is run with it.
        _ = try ModelFiles(folder["model"])
        try await step("scores the candidate and the champion on the holdout")
        try await score(TrainingFolder(folder["model"]), "candidate.csv")
        guard let champion else { return }
        do {
            try await score(champion.folder, "champion.csv")
        } catch let failure as TrainingFailure {
            throw TrainingFailure(
                "version \(champion.version), the champion, cannot be scored, so that nothing can be held against it: "
                    + failure.description)
        }
    }

    private func score(_ model: TrainingFolder, _ output: String) async throws {
        let scorer = ModelScorer(programs: programs, model: training.model)
        let command = try scorer.command(
            model, rows: holdout, schema: schemaPath, output: folder[output], work: folder)
        try await jobs.run(.score, command)
        guard folder.contains(output) else {
            throw TrainingFailure("the scorer \(command.text) wrote nothing to LEEWAY_OUTPUT")
        }
    }

    private func judge(_ champion: Champion?) async throws -> GateReport {
        let retrains = try await retrains(champion)
        try await step("judges the candidate")
        var arguments = [
            "gate", "--holdout", holdout, "--schema", schemaPath, "--candidate", folder["candidate.csv"],
            "--policy", folder["policy.json"], "--time-column=\(set.facts?.timeColumn ?? "time")",
            "--output", folder["gate.json"],
        ]
        if champion != nil { arguments += ["--champion", folder["champion.csv"]] }
        arguments += retrains.flatMap { ["--retrain", $0] } + recipe.sliceBy.map { "--slice=\($0)" }
        if case .column(let name) = recipe.cluster { arguments.append("--cluster=\(name)") }
        if let own = ModelScorer.threshold(of: TrainingFolder(folder["model"])) {
            arguments += ["--candidate-threshold", "\(own)"]
        }
        if let threshold = champion.flatMap({ ModelScorer.threshold(of: $0.folder) }) {
            arguments += ["--champion-threshold", "\(threshold)"]
        }
        try await jobs.run(.gate, JobCommand(programs.leeway, arguments), answers: [3, 4])
        guard let json = folder.read("gate.json") else { throw TrainingFailure("the gate left no report") }
        return try JSONDecoder().decode(GateReport.self, from: json)
    }

    /// Scores of the champion's recipe trained under other seeds, where the policy asks for them and the champion was
    /// trained here.
    private func retrains(_ champion: Champion?) async throws -> [String] {
        let count = recipe.gate.minimumRetrains
        guard count > 0, let champion,
            let recorded = try await registry.recordedTraining(ofVersion: champion.version, of: recipe.model)
        else { return [] }
        try await step("trains the champion again under \(count) other seeds")
        let twins = try ChampionTwins(
            recorded: recorded, folder: folder.folder("retrains"), programs: programs, jobs: jobs)
        guard try await twins.prepare(registry) else { return [] }
        var scores: [String] = []
        for number in 1...count {
            let model = try await twins.train(number)
            let output = "retrains/\(number).csv"
            try await score(model, output)
            scores.append(folder[output])
        }
        return scores
    }

    // MARK: Keeping

    /// What windows will be compared with once the candidate serves.
    private func describe(_ record: TrainingRecord) async throws {
        let reference = folder["model/reference.json"]
        var arguments = [
            "reference", "build", "--input", folder["rows/training.csv"], "--schema", schemaPath,
            "--time-column=\(record.timeColumn)", "--output", reference,
        ]
        switch recipe.blocks {
        case .rows(let count): arguments += ["--window", "\(count)"]
        case .time(let length, let offset):
            arguments += ["--window", "\(length.duration.components.seconds)s"]
            arguments += ["--offset", "\(offset.duration.components.seconds)s"]
        }
        if schema.schema.prediction != nil {
            arguments += ["--held-out", holdout, "--scores", folder["candidate.csv"]]
        }
        try await jobs.run(.reference, JobCommand(programs.leeway, arguments))
    }

    private func conclude(
        _ record: TrainingRecord, _ report: GateReport, _ champion: Champion?
    ) async throws -> RetrainRecord {
        guard let json = folder.read("gate.json") else { throw TrainingFailure("the gate left no report") }
        try folder.write(json, "model/gate.json")
        if !folder.contains("model/schema.json") { try folder.write(schema.json, "model/schema.json") }
        try await journal.put(json, "gate.json")
        try await journal.log(metrics: report.metrics.map { ($0.key, $0.value, 0) })
        try await journal.log(tags: ["leeway.gate": report.verdict.rawValue])
        let origin = try await journal.logModel(ModelFiles(folder["model"]), metrics: report.metrics)
        try await journal.keepLogs(of: jobs)
        try await journal.end(.finished)
        return try await registry.conclude(
            training.lease,
            with: JudgedVersion(
                origin: origin, description: record.cause.reason, tags: record.versionTags(report),
                rival: champion?.version, passes: report.verdict == .pass,
                reason: report.sentence, evidence: SHA256.hash(data: json).hexadecimal),
            by: .registry)
    }
}
