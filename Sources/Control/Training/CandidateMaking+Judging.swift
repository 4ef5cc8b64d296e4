import Foundation
import Jobs
import Registry
import Rollouts

extension CandidateMaking {
    /// The one that serves, with its files.
    func champion() async throws -> Champion? {
        let name = try await registry.retrainRequest(training.lease.record.id).model
        let standing = try await ifThere { try await registry.standing(of: name) }
        guard let version = standing?.champion else { return nil }
        guard try await registry.modelVersion(version, of: name).digest != nil else {
            throw TrainingFailure(
                "version \(version), the champion, has no files in the registry, so that nothing can be held against it"
            )
        }
        let root = try folder.folder("champion")
        do { try await registry.copyFiles(ofVersion: version, of: name, to: root.path) } catch let error
            as RegistryError
        {
            throw TrainingFailure(error.description)
        }
        return Champion(version: version, files: root)
    }

    func score(_ champion: Champion?) async throws {
        // Said before anything is run with it.
        _ = try ModelFiles(folder["model"])
        try await step("scores the candidate and the champion on the holdout")
        try await score(TrainingFolder(folder["model"]), "candidate.csv")
        guard let champion else { return }
        do {
            try await score(champion.model, "champion.csv")
        } catch let failure as TrainingFailure {
            throw TrainingFailure(
                "version \(champion.version), the champion, cannot be scored, so that nothing can be held against it: "
                    + failure.description)
        }
    }

    private func score(_ model: TrainingFolder, _ output: String) async throws {
        let scorer = ModelScorer(programs: programs, model: training.model)
        let command = try scorer.command(
            model, rows: questions, schema: schemaPath, output: folder[output], work: folder)
        try await jobs.run(.score, command)
        guard folder.contains(output) else {
            throw TrainingFailure("the scorer \(command.text) wrote nothing to LEEWAY_OUTPUT")
        }
    }

    func judge(_ champion: Champion?, by use: HoldoutUse) async throws -> GateReport {
        let retrains = try await retrains(champion)
        try await step("judges the candidate")
        var arguments = [
            "gate", "--holdout", holdout, "--schema", schemaPath, "--candidate", folder["candidate.csv"],
            "--policy", folder["policy.json"], "--time-column=\(set.facts?.timeColumn ?? "time")",
            "--output", folder["gate.json"],
        ]
        let reuse = try await registry.reuse(of: use)
        arguments += [
            "--judged-before", "\(reuse.before)", "--judged-overlapping", "\(reuse.overlapping)",
        ]
        if champion != nil { arguments += ["--champion", folder["champion.csv"]] }
        arguments += retrains.flatMap { ["--retrain", $0] } + recipe.sliceBy.map { "--slice=\($0)" }
        if case .column(let name) = recipe.cluster { arguments.append("--cluster=\(name)") }
        if let own = ModelScorer.threshold(of: TrainingFolder(folder["model"])) {
            arguments += ["--candidate-threshold", "\(own)"]
        }
        if let threshold = champion.flatMap({ ModelScorer.threshold(of: $0.model) }) {
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
            let recorded = try champion.recordedTraining()
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
}

/// The version that serves, as a candidate is held against it.
struct Champion: Sendable {
    let version: Int64
    /// All of its files.
    let files: TrainingFolder

    /// Those of the model.
    var model: TrainingFolder { files.holdingModel }

    /// How it was trained, where it was trained here.
    func recordedTraining() throws -> RecordedTraining? {
        // A model made elsewhere may have a file of that name too.
        guard let json = model.read(TrainingRecord.fileName), let schema = model.read("schema.json"),
            let record = try? JSONDecoder().decode(TrainingRecord.self, from: json),
            record.version == TrainingRecord.knownVersion
        else { return nil }
        return RecordedTraining(record: record, schema: schema)
    }

    /// - Throws: `TrainingFailure` where it was trained on rows that it would be judged by.
    func refuseSeenRows(_ candidate: TrainingRecord) throws {
        guard let own = try recordedTraining()?.record, candidate.holdoutStart < own.trainingEnd else {
            return
        }
        throw TrainingFailure(
            "the holdout begins at \(candidate.holdoutStart), and version \(version), the champion, has learnt from rows up "
                + "to \(own.trainingEnd): it would be judged by what it knows; wait for newer rows, or choose a shorter "
                + "holdout")
    }
}
