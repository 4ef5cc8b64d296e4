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
        TrainingFolder("\(registry.jobFolder)/training").remove()
        do {
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
            guard let model = models[record.model] else { continue }
            let rows = try await rows(for: record, model)
            if case .awaited = rows { continue }
            let lease = try await registry.leaseRetrainRequest(
                record.id, to: TrainingWorker.name, for: TrainingWorker.lease, by: .registry)
            guard let lease else { continue }
            await train(lease, model, rows)
            return true
        }
        return false
    }

    private func rows(for record: RetrainRecord, _ model: TrainedModel) async throws -> TrainingRows {
        do { return try await registry.rows(for: record, model) } catch let error as RegistryError {
            return .unusable(error.description)
        }
    }

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
            } catch let error as RegistryError {
                guard error.kind == .conflict else { continue }
                try await cancelJobs(of: lease, error.description)
                throw LeaseLost(reason: error.description)
            }
        }
    }

    private func cancelJobs(of lease: RetrainLease, _ reason: String) async throws {
        for job in try await registry.jobs(of: lease.record.model, limit: 100)
        where job.order.request == lease.record.id && !job.state.hasEnded {
            _ = try? await context.jobs.cancel(job: job.id, reason: reason, by: .registry)
        }
    }

    private func end(_ lease: RetrainLease, after error: any Error) async {
        let (run, cause) = ((error as? TrainingEnd)?.run, (error as? TrainingEnd)?.cause ?? error)
        let (name, id) = (lease.record.model, lease.record.id.prefix(12))
        do {
            switch cause {
            case is LeaseLost: context.logger.notice("the training of \(name) for \(id) ends: \(cause)")
            case TrainingStopped.cancelled(let how):
                _ = try await registry.cancelRetrainRequest(lease.record.id, reason: how, by: .registry)
            case TrainingStopped.interrupted, is CancellationError:
                try await registry.release(lease, "is trained again: the registry ended", by: .registry)
            default:
                context.logger.error("the training of \(name) for \(id) has failed: \(cause)")
                let reason = "\(cause)"
                _ = try await registry.finish(lease, .failed(run: run, reason: reason), by: .registry)
            }
        } catch {
            context.logger.error("how the training of \(name) for \(id) ended cannot be noted: \(error)")
        }
    }
}

/// Somebody took the request back, or another worker has it.
private struct LeaseLost: Error, CustomStringConvertible {
    var reason: String

    var description: String { reason }
}
