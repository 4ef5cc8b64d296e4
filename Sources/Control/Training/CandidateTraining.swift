import Foundation
import Jobs
import Logging
import Registry
import Retraining

/// What all trainings need.
struct TrainingContext: Sendable {
    let registry: Registry
    let jobs: JobRunner
    let programs: TrainingPrograms
    let tracking: TrackingServer
    let rowFolders: RowFolders
    /// Of `leeway`.
    let leewayVersion: String
    let logger: Logger
}

/// One training, from a request that was leased to a version that was judged.
struct CandidateTraining: Sendable {
    let lease: RetrainLease
    let model: TrainedModel
    let context: TrainingContext
    let folder: TrainingFolder

    private var registry: Registry { context.registry }

    init(_ lease: RetrainLease, _ model: TrainedModel, _ context: TrainingContext) {
        (self.lease, self.model, self.context) = (lease, model, context)
        folder = TrainingFolder("\(context.registry.trainingFolder)/\(lease.token)")
    }

    /// - Returns: the request as it ended.
    /// - Throws: `TrainingFailure`, or `TrainingEnd` once a run has begun, with that or what else came between.
    func run(on rows: TrainingRows) async throws -> RetrainRecord {
        try folder.create()
        defer { folder.remove() }
        let schema = try SchemaFile(model.path(model.recipe.schema))
        let set = try await trainingSet(rows, schema)
        try await nameRows(set)
        try await check(set)
        let journal = try await RunJournal.begin(lease.record, set, in: registry)
        try await registry.note(run: journal.run.id, of: lease, by: .registry)
        let jobs = TrainingJobs(
            runner: context.jobs, registry: registry, model: model.recipe.model, limits: model.limits,
            request: lease.record.id, run: journal.run.id)
        do {
            return try await CandidateMaking(
                training: self, set: set, schema: schema, journal: journal, jobs: jobs
            ).run()
        } catch {
            // A task that is cancelled reads no database.
            await Task { await close(journal, jobs, after: error) }.value
            throw TrainingEnd(run: journal.run.id, cause: error)
        }
    }

    private func close(_ journal: RunJournal, _ jobs: TrainingJobs, after error: any Error) async {
        let failed = error is TrainingFailure
        do {
            try await journal.keepLogs(of: jobs)
            try await journal.end(failed ? .failed : .killed)
        } catch {
            context.logger.warning("run \(journal.run.id) cannot be ended: \(error)")
        }
    }

    /// The request says what it was trained on, unless somebody has said so before.
    private func nameRows(_ set: TrainingSet) async throws {
        do {
            _ = try await registry.giveDataset(set.id, to: lease.record.id, by: .registry)
        } catch let error as RegistryError {
            guard error.kind == .conflict else { throw error }
        }
    }

    /// A training writes its rows once more, and those of the champion's; a disk that is full would stop the whole registry.
    private func check(_ set: TrainingSet) async throws {
        do { try await registry.checkContent(of: set) } catch let error as RegistryError {
            throw TrainingFailure(error.description)
        }
        let (needed, room) = (4 * set.offer.size, try registry.room())
        guard needed < room else {
            throw TrainingFailure(
                "dataset \(set.id.prefix(12)) of \(set.offer.size) bytes needs about \(needed) bytes of disk while it is "
                    + "trained on, and there are \(room): make room, or choose a shorter window of rows")
        }
    }

    private func trainingSet(
        _ rows: TrainingRows, _ schema: SchemaFile
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
