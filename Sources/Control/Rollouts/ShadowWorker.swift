import Drift
import FoundationEssentials
import Registry
import Rollouts

/// Has candidates scored beside the champion on rows that agents bring, as long as their rollout is in the shadow.
///
/// Nothing is kept of a scoring but what it has come to: a registry that ends, or is killed, begins it again.
struct ShadowWorker: Sendable {
    let models: [String: TrainedModel]
    let context: TrainingContext

    private var registry: Registry { context.registry }

    private static let pause = Duration.seconds(1)

    /// Until its task is cancelled. Each rollout is attended to by itself: one whose scoring takes long holds up no other.
    func run() async {
        await withDiscardingTaskGroup { group in
            var attended: Set<String> = []
            while !Task.isCancelled {
                for id in await rollouts() where attended.insert(id).inserted {
                    group.addTask { await attend(toRollout: id) }
                }
                try? await Task.sleep(for: ShadowWorker.pause)
            }
        }
    }

    private func rollouts() async -> [String] {
        do { return try await registry.rolloutsInShadow().map(\.id) } catch {
            context.logger.error("rollouts in the shadow cannot be looked for, trying again: \(error)")
            return []
        }
    }

    /// Until it has left the shadow.
    private func attend(toRollout id: String) async {
        var told: String?
        while !Task.isCancelled {
            do {
                guard try await step(ofRollout: id) else { return }
                told = nil
            } catch {
                let problem = "\(error)"
                if problem != told, !Task.isCancelled {
                    context.logger.error(
                        "the shadow of rollout \(id) goes no further, trying again: \(problem)")
                }
                told = problem
            }
            try? await Task.sleep(for: ShadowWorker.pause)
        }
    }

    /// - Returns: whether it is still in the shadow.
    private func step(ofRollout id: String) async throws -> Bool {
        let record = try await registry.rollout(id)
        guard record.ended == nil, record.state.phase == .shadow else { return false }
        guard let shadow = try await registry.shadow(of: record) else {
            try await registry.openShadow(ofRollout: id, since: firstNewMoment(record), by: .registry)
            return true
        }
        if let basis = shadow.basis(record), isDue(basis, shadow, record) {
            try await score(record, shadow, basis)
        }
        return true
    }

    private func isDue(_ basis: String, _ shadow: RolloutShadow, _ record: RolloutRecord) -> Bool {
        guard basis == shadow.basis else { return true }
        let age = registry.now - (shadow.scored ?? 0)
        return shadow.result?.obstacle != nil && age >= record.policy.shadow.interval * 1000
    }

    private func score(_ record: RolloutRecord, _ shadow: RolloutShadow, _ basis: String) async throws {
        let scoring = ShadowScoring(record, shadow, models[record.model], context)
        let result: ShadowResult
        do {
            result = try await scoring.run()
        } catch let failure as TrainingFailure {
            result = ShadowResult(obstacle: failure.description)
        } catch TrainingStopped.cancelled(let how) {
            result = ShadowResult(obstacle: how)
        }
        try await registry.keep(result, of: basis, forRollout: record.id, by: .registry)
        context.logger.info(
            "rollout \(record.id) was scored in the shadow\(result.obstacle.map { ", in vain: \($0)" } ?? "")"
        )
    }

    // MARK: Which rows

    /// From when on rows have neither made nor judged any of the versions.
    private func firstNewMoment(_ record: RolloutRecord) async throws -> Timestamp {
        let launch = record.state.launch
        var moments: [Timestamp] = []
        for version in [launch.control] + launch.candidates {
            if let moment = try await firstNewMoment(version.version, of: record.model) {
                moments.append(moment)
            }
        }
        return moments.max() ?? launch.time
    }

    /// Of a version that was trained here the end of its holdout; of another, which may have learnt from whatever there was,
    /// when it was registered; `nil` of one that is gone.
    private func firstNewMoment(_ version: Int64, of model: String) async throws -> Timestamp? {
        let found = try await ifThere { try await registry.modelVersion(version, of: model) }
        guard let found else { return nil }
        let files = try await registry.pinnedFiles(of: model, version: version)
        let record = files.first { $0.path == TrainingRecord.fileName }.flatMap {
            TrainingRecord(pinned: registry.path(of: $0))
        }
        return record?.holdoutEnd ?? Timestamp(milliseconds: found.created)
    }
}

extension RolloutShadow {
    /// What is to be scored, in a word; `nil` while rows are still being read, or none can be.
    func basis(_ record: RolloutRecord) -> String? {
        let ready = gifts.filter { $0.state == .ready }
        guard !ready.isEmpty, !gifts.contains(where: { $0.state == .inspecting }) else { return nil }
        let live = record.state.candidates.map { $0 == .live ? "1" : "0" }.joined()
        return ([live] + ready.map(\.set)).joined(separator: " ")
    }
}

extension TrainingRecord {
    /// `nil` for a file of that name that another program has left.
    fileprivate init?(pinned path: String) {
        guard let json = FileManager.default.contents(atPath: path),
            let record = try? JSONDecoder().decode(TrainingRecord.self, from: json),
            record.version == TrainingRecord.knownVersion
        else { return nil }
        self = record
    }
}
