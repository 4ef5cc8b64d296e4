import Capture
import Drift
import Foundation
import Logging

/// Brings the rows that were captured of a model to the registry, once it lets a request to train that model be trained
/// which has no rows yet, whoever proposed it, or has a rollout whose candidates are to be scored on them.
///
/// What is wanted is asked anew in each step, and nothing but the exported files is kept: a restart goes on with the same
/// bytes, and what the registry has is not wanted any more. One snapshot is made at a time.
actor SnapshotUpload {
    /// A model whose rows are captured.
    struct Model: Sendable {
        var name: String
        /// What its columns mean; `nil` while it has no reference that says so.
        var schema: ModelSchema?
    }

    /// What rows are wanted for.
    struct Wanted: Sendable, Hashable {
        enum Purpose: String, Sendable {
            /// To train a model by a request.
            case request
            /// To score candidates in a rollout's shadow.
            case rollout
        }

        var purpose: Purpose
        /// The request's, or the rollout's.
        var id: String
        /// Earlier rows are not wanted.
        var since: Timestamp?
    }

    /// Rows that were captured, as a training set.
    struct Snapshot: Sendable {
        var wanted: Wanted
        var model: String
        var schema: ModelSchema
        /// A SQLite database, as `leeway capture export` makes it.
        var path: String
        var contents: CaptureExport.Contents
    }

    /// The registry, as far as snapshots are concerned.
    struct Registry: Sendable {
        /// What rows of a model are wanted for, and were not brought yet.
        var wanted: @Sendable (_ model: String) async throws -> [Wanted]
        /// Returns, once the registry has all of it, the id that it has there.
        var upload: @Sendable (Snapshot) async throws -> String
        var give: @Sendable (_ dataset: String, _ wanted: Wanted) async throws -> Gift
    }

    /// What became of rows that were brought.
    enum Gift: Equatable, Sendable {
        case taken
        /// Somebody was faster, or the request has ended.
        case unwanted(reason: String)
    }

    private let state: String
    private let registry: Registry
    private let freeBytes: @Sendable (_ folder: String) -> Int64
    private let logger: Logger
    /// By model, why its rows could not be brought.
    private(set) var problems: [String: String] = [:]

    /// - Parameters:
    ///   - state: the agent's folder.
    ///   - freeBytes: of the volume of a folder.
    init(
        state: String, registry: Registry, logger: Logger,
        freeBytes: @escaping @Sendable (String) -> Int64 = freeBytesOfVolume
    ) {
        (self.state, self.registry) = (state, registry)
        (self.logger, self.freeBytes) = (logger, freeBytes)
    }

    private var folder: String { state + "/snapshots" }

    // MARK: Steps

    /// Takes a step now and then, until it is cancelled.
    func run(every interval: Duration, of models: @Sendable () async -> [Model]) async {
        while !Task.isCancelled {
            await step(models())
            try? await Task.sleep(for: interval)
        }
    }

    /// Brings what is wanted of the models. What fails is tried again in the next step.
    func step(_ models: [Model]) async {
        let names = models.map(\.name)
        problems = problems.filter { names.contains($0.key) }
        var wanted: Set<String>? = []
        for model in models {
            let found = await attend(to: model)
            wanted = found.flatMap { wanted?.union($0.map(\.id)) }
        }
        if let wanted { removeFiles(except: wanted) }
    }

    /// - Returns: what is wanted of it; `nil` where that could not be asked.
    private func attend(to model: Model) async -> [Wanted]? {
        do {
            let wanted = try await registry.wanted(model.name)
            var problem: String?
            for one in wanted {
                do { try await bring(one, of: model) } catch { problem = error.words }
            }
            note(problem, of: model.name)
            return wanted
        } catch {
            note(error.words, of: model.name)
            return nil
        }
    }

    private func note(_ problem: String?, of model: String) {
        // What an end breaks off is no problem.
        guard !Task.isCancelled else { return }
        let told = problem.map { "the captured rows do not get to the registry, trying again: \($0)" }
        if let told, told != problems[model] { logger.warning("\(told)", metadata: ["model": "\(model)"]) }
        problems[model] = told
    }

    private func bring(_ wanted: Wanted, of model: Model) async throws {
        guard let schema = model.schema else {
            throw AgentError("there is no reference yet, which would say what their columns mean")
        }
        let path = path(of: wanted.id)
        if !FileManager.default.fileExists(atPath: path) {
            try await export(model.name, since: wanted.since, to: path)
        }
        let contents = try contents(of: path)
        guard contents.rows > 0 else {
            remove(path)
            // Those that came after a version's training may take their time.
            if wanted.purpose == .rollout { return }
            throw AgentError("none of them has a label yet")
        }
        let snapshot = Snapshot(
            wanted: wanted, model: model.name, schema: schema, path: path, contents: contents)
        let dataset = try await registry.upload(snapshot)
        report(try await registry.give(dataset, wanted), of: snapshot)
        remove(path)
    }

    private func report(_ gift: Gift, of snapshot: Snapshot) {
        let metadata: Logger.Metadata = [
            "model": "\(snapshot.model)", "\(snapshot.wanted.purpose)": "\(snapshot.wanted.id)",
        ]
        switch gift {
        case .taken:
            logger.notice("\(snapshot.contents.rows) captured rows are at the registry", metadata: metadata)
        case .unwanted(let reason):
            logger.info("the captured rows are not wanted any more: \(reason)", metadata: metadata)
        }
    }

    // MARK: Files

    private func path(of id: String) -> String { "\(folder)/\(id).sqlite" }

    private func export(_ model: String, since: Timestamp?, to path: String) async throws {
        let reader = try CaptureReader(state: state, model: model)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = CaptureStore.path(state: state, model: model)
        let size = try FileManager.default.attributesOfItem(atPath: store)[.size] as? NSNumber
        let captured = size?.int64Value ?? 0
        // An export writes values in full that the store keeps packed.
        guard freeBytes(folder) / 4 >= captured else {
            throw AgentError(
                "\(folder) has not the room for a snapshot of \(captured) bytes of captured rows")
        }
        let export = CaptureExport(model: model, span: CaptureSpan(from: since), labelledOnly: true)
        _ = try await reader.export(export, as: .sqlite, to: path)
    }

    /// A file that is of no use goes: the next step makes another.
    private func contents(of path: String) throws -> CaptureExport.Contents {
        do { return try CaptureExport.Contents(ofSQLite: path) } catch {
            remove(path)
            throw error
        }
    }

    /// What an export that was cut off left, and what nobody wants any more.
    private func removeFiles(except wanted: Set<String>) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where !wanted.contains(where: { name == "\($0).sqlite" }) {
            remove("\(folder)/\(name)")
        }
    }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}

@Sendable private func freeBytesOfVolume(_ folder: String) -> Int64 {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
}
