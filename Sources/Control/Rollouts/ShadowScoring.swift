import Drift
import Foundation
import Jobs
import Registry
import Rollouts

/// One scoring of a rollout's versions, each through its own pinned files, on the union of what agents have brought.
struct ShadowScoring: Sendable {
    private let record: RolloutRecord
    private let shadow: RolloutShadow
    /// Who else makes and scores versions of the model.
    private let model: TrainedModel?
    private let context: TrainingContext
    private let folder: TrainingFolder
    private let jobs: TrainingJobs

    private var registry: Registry { context.registry }
    private var launch: RolloutLaunch { record.state.launch }

    init(_ record: RolloutRecord, _ shadow: RolloutShadow, _ model: TrainedModel?, _ context: TrainingContext)
    {
        (self.record, self.shadow, self.model, self.context) = (record, shadow, model, context)
        folder = TrainingFolder("\(context.registry.trainingFolder)/shadow-\(record.id)")
        jobs = TrainingJobs(
            runner: context.jobs, registry: context.registry, model: record.model, limits: model?.limits)
    }

    /// - Throws: `TrainingFailure` where nothing can be compared, `TrainingStopped`.
    func run() async throws -> ShadowResult {
        try folder.create()
        defer { folder.remove() }
        let sets = try await sets()
        try await check(sets)
        try folder.write(schema(sets[0]), "schema.json")
        let united = try await unite(sets)
        var result = ShadowResult(reports: launch.candidates.map { _ in nil }, repeated: united.repeated)
        guard united.rows > 0 else {
            result.obstacle =
                "of the rows that agents have brought none came after \(shadow.since) and has a label"
            return result
        }
        let champion = try await scoreChampion()
        for candidate in record.state.candidates.indices where record.state.candidates[candidate] == .live {
            try await compare(candidate, champion, &result)
        }
        try await count(result)
        return result
    }

    // MARK: Rows

    private func sets() async throws -> [TrainingSet] {
        var sets: [TrainingSet] = []
        for gift in shadow.gifts where gift.state == .ready {
            sets.append(try await registry.trainingSet(gift.set, of: record.model))
        }
        return sets
    }

    private func check(_ sets: [TrainingSet]) async throws {
        for set in sets {
            do { try await registry.checkContent(of: set) } catch let error as RegistryError {
                throw TrainingFailure(error.description)
            }
        }
        let (needed, room) = (4 * sets.reduce(0) { $0 + $1.offer.size }, try registry.room())
        guard needed < room else {
            throw TrainingFailure(
                "the rows that agents have brought need about \(needed) bytes of disk while they are scored, and there are "
                    + "\(room): make room")
        }
    }

    /// The recipe's, where there is one; else what the agent says that its columns mean.
    private func schema(_ set: TrainingSet) throws -> Data {
        if let model { return try SchemaFile(model.path(model.recipe.schema)).json }
        return try JSONEncoder().encode(set.offer.schema)
    }

    private func unite(_ sets: [TrainingSet]) async throws -> UnionEvent.Union {
        let rows = try folder.folder("rows").path
        let datasets = sets.flatMap { ["--dataset", registry.file(of: $0)] }
        let command = JobCommand(
            context.programs.trainer,
            ["unite", "--schema", folder["schema.json"], "--from", "\(shadow.since)", "--output", rows]
                + datasets)
        let job = try await jobs.run(.unite, command)
        guard let united = try jobs.events("united", of: job, as: UnionEvent.self).first?.united else {
            throw TrainingFailure("unite, job \(job.id.prefix(12)), did not say what it did")
        }
        return united
    }

    // MARK: Scores

    /// A version's scores, and from where on they stand for the positive class.
    private struct Scored {
        var path: String
        var threshold: Double?
    }

    private func scoreChampion() async throws -> Scored {
        do {
            return try await score(launch.control.version, "champion")
        } catch let failure as TrainingFailure {
            throw TrainingFailure(
                "version \(launch.control.version), the champion, cannot be scored, so that nothing can be held against "
                    + "it: \(failure)")
        }
    }

    private func score(_ version: Int64, _ name: String) async throws -> Scored {
        let root = try folder.folder(name)
        do {
            try await registry.copyFiles(ofVersion: version, of: record.model, to: root.path)
        } catch let error as RegistryError {
            throw TrainingFailure(error.description)
        }
        let (files, output) = (root.holdingModel, "\(name).csv")
        let command = try ModelScorer(programs: context.programs, model: model).command(
            files, rows: folder["rows/questions.csv"], schema: folder["schema.json"], output: folder[output],
            work: folder)
        try await jobs.run(.score, command)
        guard folder.contains(output) else {
            throw TrainingFailure("the scorer \(command.text) wrote nothing to LEEWAY_OUTPUT")
        }
        return Scored(path: folder[output], threshold: ModelScorer.threshold(of: files))
    }

    // MARK: Losses

    /// A candidate that cannot be scored, where the champion was, is not fit to serve.
    private func compare(_ number: Int, _ champion: Scored, _ result: inout ShadowResult) async throws {
        let candidate: Scored
        do {
            candidate = try await score(launch.candidates[number].version, "candidate-\(number + 1)")
        } catch let failure as TrainingFailure {
            result.unscorable[number] = failure.description
            return
        }
        let output = "shadow-\(number + 1).json"
        let job = try await jobs.run(
            .shadow, command(candidate, champion, output), answers: [ShadowError.candidateExitCode])
        guard job.exitCode != Int64(ShadowError.candidateExitCode) else {
            result.unscorable[number] = job.lastErrors.joined(separator: " ")
            return
        }
        guard let json = folder.read(output) else { throw TrainingFailure("the shadow left no report") }
        result.reports[number] = try JSONDecoder().decode(ShadowReport.self, from: json)
    }

    private func command(_ candidate: Scored, _ champion: Scored, _ output: String) -> JobCommand {
        let policy = record.policy
        var arguments = [
            "shadow", "--rows", folder["rows/rows.csv"], "--schema", folder["schema.json"],
            "--champion", champion.path, "--candidate", candidate.path,
            "--metric", policy.success.metric.rawValue, "--cluster", "\(policy.cluster)",
            "--alpha", "\(policy.alpha / Double(launch.candidates.count))", "--output", folder[output],
        ]
        if let threshold = champion.threshold { arguments += ["--champion-threshold", "\(threshold)"] }
        if let threshold = candidate.threshold { arguments += ["--candidate-threshold", "\(threshold)"] }
        return JobCommand(context.programs.leeway, arguments)
    }

    /// These rows have judged now, too.
    private func count(_ result: ShadowResult) async throws {
        let reports = result.reports.compactMap(\.self)
        guard let report = reports.first else { return }
        try await registry.note(
            HoldoutUse(
                model: record.model, judge: record.id, digest: folder.digest(ofFile: "rows/rows.csv"),
                first: report.first, last: report.last, candidates: reports.count), by: .registry)
    }
}

/// How datasets were made one.
struct UnionEvent: Decodable {
    struct Union: Decodable {
        var rows: Int
        var repeated: Int
    }

    var united: Union
}
