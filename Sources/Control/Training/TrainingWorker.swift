import Foundation
import Jobs
import Logging
import Registry
import Retraining

/// Trains what the registry accepts, by the recipes of its models.
struct TrainingWorker: Sendable {
    let models: [String: TrainedModel]
    let context: TrainingContext
    /// How many models at a time.
    let places: Int

    private var registry: Registry { context.registry }

    static let name = "the registry's trainer"
    private static let lease = Duration.seconds(60)
    private static let renewal = Duration.seconds(5)
    private static let pause = Duration.seconds(1)

    /// Until its task is cancelled.
    func run() async {
        do {
            try await registry.killRuns(tagged: RunJournal.requestTag, by: .registry)
            let count = try await registry.releaseRetrainRequests(
                heldBy: TrainingWorker.name, "is trained again: the registry ended, and was started again",
                by: .registry)
            if count > 0 { context.logger.warning("\(count) trainings were interrupted, and begin again") }
        } catch {
            context.logger.error("interrupted trainings cannot be found: \(error)")
        }
        await withDiscardingTaskGroup { group in
            for _ in 0..<places { group.addTask { await trainAll() } }
        }
    }

    private func trainAll() async {
        while !Task.isCancelled {
            do {
                if try await trainNext() { continue }
            } catch {
                context.logger.error("requests to train cannot be looked after, trying again: \(error)")
            }
            try? await Task.sleep(for: TrainingWorker.pause)
        }
    }

    /// - Returns: whether there was anything to train.
    private func trainNext() async throws -> Bool {
        for record in try await registry.acceptedRetrainRequests() {
            guard let model = models[record.model] else {
                try await registry.explain(record.id, TrainingWorker.noRecipe, by: .registry)
                continue
            }
            let rows = try await rows(for: record, model)
            if case .awaited(let reason) = rows {
                try await registry.explain(record.id, reason, by: .registry)
                continue
            }
            let lease = try await registry.leaseRetrainRequest(
                record.id, to: TrainingWorker.name, for: TrainingWorker.lease, by: .registry)
            guard let lease else { continue }
            await train(lease, model, rows)
            return true
        }
        return false
    }

    private func rows(for record: RetrainRecord, _ model: TrainedModel) async throws -> TrainingRows {
        do {
            let rows = try await registry.rows(for: record, model)
            guard case .file(let path, _) = rows, let dataset = record.request.dataset, dataset.uri == path
            else {
                return rows
            }
            return context.rowFolders.refusal(of: path).map(TrainingRows.unusable) ?? rows
        } catch let error as RegistryError {
            return .unusable(error.description)
        }
    }

    private static let noRecipe =
        "waits for a trainer: there is no [[registry.model]] for the model; `leeway retrain finish` says what another "
        + "trainer made of the request"

    // MARK: One training

    private func train(_ lease: RetrainLease, _ model: TrainedModel, _ rows: TrainingRows) async {
        let (name, id) = (lease.record.model, lease.record.id.prefix(12))
        context.logger.notice("training \(name) for request \(id)")
        do {
            let ended = try await holding(lease) {
                try await CandidateTraining(lease, model, context).run(on: rows)
            }
            context.logger.notice("request \(id) of \(name) is \(ended.state.rawValue): \(ended.reason)")
        } catch {
            await end(lease, after: error)
        }
    }

    /// Trains while the lease holds. When it is lost, or the registry ends, what runs is ended.
    private func holding(
        _ lease: RetrainLease, _ train: @escaping @Sendable () async throws -> RetrainRecord
    ) async throws -> RetrainRecord {
        try await withThrowingTaskGroup(of: RetrainRecord?.self) { group in
            group.addTask { try await train() }
            group.addTask {
                try await renew(lease)
                return nil
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() { if let ended { return ended } }
            throw CancellationError()
        }
    }

    /// - Throws: `LeaseLost` once it is.
    private func renew(_ lease: RetrainLease) async throws {
        while true {
            try await Task.sleep(for: TrainingWorker.renewal)
            do {
                _ = try await registry.renew(lease, for: TrainingWorker.lease, by: .registry)
            } catch let error as RegistryError where error.kind == .conflict {
                try await cancelJobs(of: lease)
                throw LeaseLost(reason: error.description)
            } catch {
                // The lease lasts for some more tries.
                try Task.checkCancellation()
                context.logger.warning("a lease cannot be renewed, trying again: \(error)")
            }
        }
    }

    /// Those of a request that was taken back. Where another has taken it up, they are not its own that end.
    private func cancelJobs(of lease: RetrainLease) async throws {
        let record = try await registry.retrainRequest(lease.record.id)
        guard record.state == .cancelled else { return }
        let reason = "its request was \(record.reason)"
        let jobs =
            try await registry.jobs(in: .running, limit: .max) + registry.jobs(in: .queued, limit: .max)
        for job in jobs where job.order.request == lease.record.id {
            _ = try? await context.jobs.cancel(job: job.id, reason: reason, by: .registry)
        }
    }

    private func end(_ lease: RetrainLease, after error: any Error) async {
        let (run, cause) = ((error as? TrainingEnd)?.run, (error as? TrainingEnd)?.cause ?? error)
        let (name, id) = (lease.record.model, lease.record.id.prefix(12))
        // What is noted here is noted, whether or not the registry ends.
        await Task {
            do {
                guard try await registry.holds(lease) else {
                    return context.logger.notice(
                        "the training of \(name) for \(id) ends: its request was taken back")
                }
                try await note(cause, lease, run)
            } catch {
                context.logger.error("how the training of \(name) for \(id) ended cannot be noted: \(error)")
            }
        }.value
    }

    private func note(_ cause: any Error, _ lease: RetrainLease, _ run: String?) async throws {
        let (name, id) = (lease.record.model, lease.record.id.prefix(12))
        switch cause {
        case TrainingStopped.cancelled(let how): try await registry.cancel(lease, how, by: .registry)
        case TrainingStopped.interrupted, is CancellationError:
            try await registry.release(lease, "is trained again: the registry ended", by: .registry)
        case let failure as TrainingFailure:
            context.logger.error("the training of \(name) for \(id) has failed: \(failure)")
            let reason = String(failure.description.prefix(1000))
            _ = try await registry.finish(lease, .failed(run: run, reason: reason), by: .registry)
        default:
            context.logger.error("the training of \(name) for \(id) has stopped, and begins again: \(cause)")
            try await registry.takeBack(lease, "\(cause)", by: .registry)
        }
    }
}

/// Somebody took the request back, or another worker has it.
private struct LeaseLost: Error, CustomStringConvertible {
    var reason: String

    var description: String { reason }
}
