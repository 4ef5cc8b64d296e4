import Capture
import Drift
import Foundation
import Logging
import Synchronization
import Testing

@testable import Agent

private let noon = Timestamp(rfc3339: "2025-01-01T12:00:00Z")!

/// A registry that says what it is told to, and keeps what is brought.
private final class FakeRegistry: Sendable {
    private struct Contents {
        var state: String?
        var failures = 0
        var brought: [SnapshotUpload.Snapshot] = []
        var sizes: [Int] = []
    }

    private let contents: Mutex<Contents>

    struct Down: Error {}

    /// - Parameter failures: so many uploads break off.
    init(_ state: String?, failures: Int = 0) {
        contents = Mutex(Contents(state: state, failures: failures))
    }

    var brought: [SnapshotUpload.Snapshot] { contents.withLock { $0.brought } }
    var sizes: [Int] { contents.withLock { $0.sizes } }

    func decide(_ state: String?) { contents.withLock { $0.state = state } }

    var registry: SnapshotUpload.Registry {
        SnapshotUpload.Registry(state: { _ in self.contents.withLock { $0.state } }) { snapshot in
            try self.contents.withLock { contents in
                contents.failures -= 1
                guard contents.failures < 0 else { throw Down() }
                contents.brought.append(snapshot)
                contents.sizes.append(FileManager.default.contents(atPath: snapshot.path)?.count ?? 0)
            }
        }
    }
}

/// An agent's folder, with a captured row of `fraud` whose label is known, and a request that waits for it.
private struct Scene {
    let folder: String
    let store: AgentStore

    func upload(to registry: FakeRegistry, freeBytes: Int64 = .max) -> SnapshotUpload {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return SnapshotUpload(
            store: store, state: folder, registry: registry.registry, logger: logger,
            freeBytes: { _ in freeBytes })
    }

    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder + "/snapshots")) ?? []).sorted()
    }
}

private func withScene(_ body: (Scene) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try AgentStore(folder: folder)
    let capture = try CaptureStore(state: folder, model: "fraud", now: noon)
    defer { try? capture.close() }
    var rows = RowBatch()
    (rows.parts, rows.count, rows.times) = ([.features, .predictions, .labels], 1, [noon])
    rows.ids.append("r1")
    rows.columns = [
        Column(name: "x", part: .features, datatype: .fp64, values: .real([0.5])),
        Column(name: "score", part: .predictions, datatype: .fp64, values: .real([0.25])),
        Column(name: "label", part: .labels, datatype: .int64, values: .integer([1])),
    ]
    _ = try await capture.append(CaptureHandOver([CapturePart(rows, arrival: noon)]), now: noon)
    try store.want(WantedSnapshot(request: "abc", model: "fraud", cutoff: noon.advanced(by: 1)))
    try await body(Scene(folder: folder, store: store))
}

@Suite struct SnapshotUploadTests {
    @Test(arguments: ["accepted", "running"])
    func `rows are brought once a request is let through, and not twice`(state: String) async throws {
        try await withScene { scene in
            let registry = FakeRegistry(nil)
            let upload = scene.upload(to: registry)
            await upload.step()
            registry.decide("waiting")
            await upload.step()
            #expect(registry.brought.isEmpty && scene.files.isEmpty)
            registry.decide(state)
            await upload.step()
            await upload.step()
            #expect(registry.brought.map(\.request) == ["abc"])
            #expect(registry.sizes[0] > 0)
            let wanted = try scene.store.wantedSnapshots()
            #expect(wanted.isEmpty && scene.files.isEmpty)
        }
    }

    @Test(arguments: ["refused", "covered", "cancelled", "rejected", "candidate", "failed"])
    func `nobody wants the rows of a request that has ended`(state: String) async throws {
        try await withScene { scene in
            let registry = FakeRegistry(state)
            await scene.upload(to: registry).step()
            #expect(registry.brought.isEmpty)
            let wanted = try scene.store.wantedSnapshots()
            #expect(wanted.isEmpty)
        }
    }

    @Test func `an upload that broke off goes on with the same file, after a restart too`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry("accepted", failures: 1)
            let first = scene.upload(to: registry)
            await first.step()
            #expect(await first.problems.keys.sorted() == ["abc"])
            #expect(scene.files == ["abc.sqlite"])
            let written =
                FileManager.default.contents(atPath: scene.folder + "/snapshots/abc.sqlite")?.count ?? 0
            // The rows are gone meanwhile; the snapshot is not made anew.
            try FileManager.default.removeItem(
                atPath: CaptureStore.path(state: scene.folder, model: "fraud"))
            await scene.upload(to: registry).step()
            #expect(registry.brought.count == 1 && registry.sizes == [written])
            #expect(scene.files.isEmpty)
        }
    }

    @Test func `what an export left that was cut off is removed`() async throws {
        try await withScene { scene in
            let folder = scene.folder + "/snapshots"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: folder + "/abc.sqlite.partial-1"))
            try Data([1]).write(to: URL(fileURLWithPath: folder + "/other.sqlite"))
            await scene.upload(to: FakeRegistry("waiting")).step()
            #expect(scene.files.isEmpty)
        }
    }

    @Test func `a disk without room is told, and tried again`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry("accepted")
            let upload = scene.upload(to: registry, freeBytes: 1000)
            await upload.step()
            #expect(await upload.problems["abc"]?.contains("room") == true)
            #expect(registry.brought.isEmpty && scene.files.isEmpty)
            await scene.upload(to: registry).step()
            #expect(registry.brought.count == 1)
        }
    }
}
