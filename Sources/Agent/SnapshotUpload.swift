import Capture
import Drift
import Foundation
import Logging

/// Brings the rows that were captured of a model to the registry, once it lets a request of this agent be trained.
///
/// What is to be brought stands in the agent's store, from the transaction that proposes until the registry has it or
/// wants it no more; what was exported lies beside it. So a restart goes on where the last process ended, and nothing is
/// brought twice. One snapshot is made at a time.
actor SnapshotUpload {
    /// Rows that were captured, as a training set.
    struct Snapshot: Sendable {
        var request: String
        var model: String
        /// A SQLite database, as `leeway capture export` makes it.
        var path: String
        /// Rows of before this moment, of event time, whose labels are known.
        var cutoff: Timestamp
    }

    /// The registry, as far as snapshots are concerned.
    struct Registry: Sendable {
        /// A request's state; `nil` while the registry has not heard of it.
        var state: @Sendable (_ request: String) async throws -> String?
        /// Returns when the registry has all of it.
        var upload: @Sendable (Snapshot) async throws -> Void
    }

    private let store: AgentStore
    private let state: String
    private let registry: Registry
    private let freeBytes: @Sendable (_ folder: String) -> Int64
    private let logger: Logger
    /// By request, why its snapshot could not be brought.
    private(set) var problems: [String: String] = [:]

    /// - Parameters:
    ///   - state: the agent's folder.
    ///   - freeBytes: of the volume of a folder.
    init(
        store: AgentStore, state: String, registry: Registry, logger: Logger,
        freeBytes: @escaping @Sendable (String) -> Int64 = freeBytesOfVolume
    ) {
        (self.store, self.state, self.registry) = (store, state, registry)
        (self.logger, self.freeBytes) = (logger, freeBytes)
    }

    private var folder: String { state + "/snapshots" }

    /// Looks after all that are wanted, once. What fails is tried again in the next step.
    func step() async {
        do {
            let wanted = try store.wantedSnapshots()
            try removeFiles(except: wanted)
            for snapshot in wanted { await attend(to: snapshot) }
        } catch {
            logger.error("snapshots cannot be looked after: \(error)")
        }
    }

    private func attend(to wanted: WantedSnapshot) async {
        do {
            switch try await registry.state(wanted.request) {
            case nil, "waiting": break
            case "accepted", "running":
                try await bring(wanted)
                fallthrough
            default:
                try? FileManager.default.removeItem(atPath: path(of: wanted))
                try store.forgetSnapshot(for: wanted.request)
            }
            problems[wanted.request] = nil
        } catch {
            if problems.updateValue("\(error)", forKey: wanted.request) != "\(error)" {
                logger.error("the rows of \(wanted.model) are not uploaded, trying again: \(error)")
            }
        }
    }

    private func bring(_ wanted: WantedSnapshot) async throws {
        let path = path(of: wanted)
        if !FileManager.default.fileExists(atPath: path) { try await export(wanted, to: path) }
        try await registry.upload(
            Snapshot(request: wanted.request, model: wanted.model, path: path, cutoff: wanted.cutoff))
        logger.notice("the rows of \(wanted.model) are uploaded", metadata: ["request": "\(wanted.request)"])
    }

    private func path(of wanted: WantedSnapshot) -> String { "\(folder)/\(wanted.request).sqlite" }

    // MARK: Exporting

    private func export(_ wanted: WantedSnapshot, to path: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let store = CaptureStore.path(state: state, model: wanted.model)
        let size = try FileManager.default.attributesOfItem(atPath: store)[.size] as? NSNumber
        let captured = size?.int64Value ?? 0
        // An export writes values in full that the store keeps packed.
        guard freeBytes(folder) / 4 >= captured else {
            throw AgentError(
                "\(folder) has not the room for a snapshot of \(captured) bytes of captured rows")
        }
        let export = CaptureExport(
            model: wanted.model, span: CaptureSpan(to: wanted.cutoff), labelledOnly: true)
        _ = try await CaptureReader(state: state, model: wanted.model).export(export, as: .sqlite, to: path)
    }

    /// What an export that was cut off left, and what nobody wants any more.
    private func removeFiles(except wanted: [WantedSnapshot]) throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let kept = Set(wanted.map { "\($0.request).sqlite" })
        for name in names where !kept.contains(name) {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
    }
}

/// A request of this agent whose rows the registry may come to want.
struct WantedSnapshot: Equatable, Sendable {
    var request: String
    var model: String
    var cutoff: Timestamp
}

@Sendable private func freeBytesOfVolume(_ folder: String) -> Int64 {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (attributes?[.systemFreeSize] as? NSNumber)?.int64Value ?? 0
}
