import Logging
import Registry

/// Has training sets read once their bytes are there, one after the other, and clears uploads away that nobody goes on
/// with.
struct TrainingSetInspections: Sendable {
    let registry: Registry
    let reader: TrainingSetReader
    let logger: Logger

    /// Between two looks at what was abandoned.
    private static let upkeep = Duration.seconds(600)

    /// Until its task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await inspectArrivals() }
            group.addTask { await clearUploads() }
        }
    }

    private func inspectArrivals() async {
        while !Task.isCancelled {
            do {
                for set in try await registry.trainingSetsToInspect() { try await inspect(set) }
                await registry.trainingSetArrivals.wait()
            } catch {
                guard !Task.isCancelled else { return }
                logger.error("datasets could not be inspected, trying again: \(error)")
                try? await Task.sleep(for: .seconds(10))
            }
        }
    }

    private func inspect(_ set: TrainingSet) async throws {
        defer { reader.clear() }
        switch try await reader.read(registry.file(of: set), set.offer) {
        case .read(let facts, let reference):
            try await registry.settle(set, facts, reference: reference, by: .registry)
            logger.info("dataset \(set.id) of \(set.model) is ready: \(facts.rows) rows")
        case .unusable(let reason):
            try await registry.refuse(set, reason, by: .registry)
            logger.warning("dataset \(set.id) of \(set.model) is unusable: \(reason)")
        }
    }

    private func clearUploads() async {
        while !Task.isCancelled {
            do {
                let count = try await registry.clearAbandonedUploads(by: .registry)
                if count > 0 { logger.info("\(count) abandoned uploads of datasets were cleared away") }
            } catch {
                logger.error("abandoned uploads could not be cleared away, trying again: \(error)")
            }
            try? await Task.sleep(for: TrainingSetInspections.upkeep)
        }
    }
}
