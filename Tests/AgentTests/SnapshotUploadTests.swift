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
        var wanted: [SnapshotUpload.Wanted]?
        var failures = 0
        var gift: SnapshotUpload.Gift
        var brought: [SnapshotUpload.Snapshot] = []
        var sizes: [Int] = []
        var given: [[String]] = []
    }

    private let contents: Mutex<Contents>

    struct Down: Error {}

    /// - Parameters:
    ///   - wanted: the requests that have no rows; `nil` where nobody answers.
    ///   - failures: so many uploads break off.
    init(_ wanted: [String]?, failures: Int = 0, gift: SnapshotUpload.Gift = .taken) {
        let wanted = wanted?.map { SnapshotUpload.Wanted(purpose: .request, id: $0) }
        contents = Mutex(Contents(wanted: wanted, failures: failures, gift: gift))
    }

    var brought: [SnapshotUpload.Snapshot] { contents.withLock { $0.brought } }
    var sizes: [Int] { contents.withLock { $0.sizes } }
    var given: [[String]] { contents.withLock { $0.given } }

    func want(_ requests: [String]?) {
        want(requests?.map { SnapshotUpload.Wanted(purpose: .request, id: $0) })
    }

    func want(_ wanted: [SnapshotUpload.Wanted]?) { contents.withLock { $0.wanted = wanted } }

    var registry: SnapshotUpload.Registry {
        SnapshotUpload.Registry { _ in
            guard let wanted = self.contents.withLock({ $0.wanted }) else { throw Down() }
            return wanted
        } upload: { snapshot in
            try self.contents.withLock { contents in
                contents.failures -= 1
                guard contents.failures < 0 else { throw Down() }
                contents.brought.append(snapshot)
                contents.sizes.append(FileManager.default.contents(atPath: snapshot.path)?.count ?? 0)
                return "set-\(snapshot.wanted.id)"
            }
        } give: { dataset, wanted in
            self.contents.withLock { contents in
                contents.given.append([dataset, wanted.id])
                if contents.gift == .taken { contents.wanted?.removeAll { $0 == wanted } }
                return contents.gift
            }
        }
    }
}

/// An agent's folder, with a captured row of `fraud`.
private struct Scene {
    let folder: String
    let models = [
        SnapshotUpload.Model(
            name: "fraud",
            schema: ModelSchema(task: .binary, features: [Feature(name: "x", kind: .numeric)]))
    ]

    func upload(to registry: FakeRegistry, freeBytes: Int64 = .max) -> SnapshotUpload {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return SnapshotUpload(
            state: folder, registry: registry.registry, logger: logger, freeBytes: { _ in freeBytes })
    }

    var snapshots: String { folder + "/snapshots" }

    var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: snapshots)) ?? []).sorted()
    }

    func leave(_ name: String, _ bytes: Data = Data([1])) throws {
        try FileManager.default.createDirectory(atPath: snapshots, withIntermediateDirectories: true)
        try bytes.write(to: URL(fileURLWithPath: "\(snapshots)/\(name)"))
    }
}

private func withScene(isLabelled: Bool = true, _ body: (Scene) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let capture = try CaptureStore(state: folder, model: "fraud", now: noon)
    defer { try? capture.close() }
    var rows = RowBatch()
    (rows.parts, rows.count, rows.times) = ([.features, .predictions], 1, [noon])
    rows.ids.append("r1")
    rows.columns = [
        Column(name: "x", part: .features, datatype: .fp64, values: .real([0.5])),
        Column(name: "score", part: .predictions, datatype: .fp64, values: .real([0.25])),
    ]
    if isLabelled {
        rows.parts.insert(.labels)
        rows.columns.append(Column(name: "label", part: .labels, datatype: .int64, values: .integer([1])))
    }
    _ = try await capture.append(CaptureHandOver([CapturePart(rows, arrival: noon)]), now: noon)
    try await body(Scene(folder: folder))
}

@Suite struct SnapshotUploadTests {
    @Test func `rows are brought once a request wants them, and not twice`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry([])
            let upload = scene.upload(to: registry)
            await upload.step(scene.models)
            #expect(registry.brought.isEmpty && scene.files.isEmpty)
            registry.want(["abc"])
            await upload.step(scene.models)
            await upload.step(scene.models)
            let brought = registry.brought
            #expect(brought.map(\.wanted.id) == ["abc"])
            #expect(brought[0].contents.rows == 1 && brought[0].contents.digest.count == 64)
            #expect(brought[0].schema == scene.models[0].schema)
            #expect(registry.sizes[0] > 0)
            #expect(registry.given == [["set-abc", "abc"]])
            #expect(scene.files.isEmpty)
            #expect(await upload.problems.isEmpty)
        }
    }

    @Test func `a rollout's shadow gets the rows from a moment on, and without any there is no problem`()
        async throws
    {
        try await withScene { scene in
            let registry = FakeRegistry([])
            let upload = scene.upload(to: registry)
            registry.want([.init(purpose: .rollout, id: "later", since: noon.advanced(by: 1))])
            await upload.step(scene.models)
            #expect(registry.brought.isEmpty && registry.given.isEmpty && scene.files.isEmpty)
            #expect(await upload.problems.isEmpty)
            registry.want([.init(purpose: .rollout, id: "now", since: noon)])
            await upload.step(scene.models)
            #expect(registry.brought.map(\.wanted) == [.init(purpose: .rollout, id: "now", since: noon)])
            #expect(registry.given == [["set-now", "now"]] && scene.files.isEmpty)
        }
    }

    @Test func `when another was first that is no problem`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry(["abc"], gift: .unwanted(reason: "it has a dataset already"))
            let upload = scene.upload(to: registry)
            await upload.step(scene.models)
            #expect(registry.given.count == 1)
            #expect(await upload.problems.isEmpty)
            #expect(scene.files.isEmpty)
        }
    }

    @Test func `an upload that broke off goes on with the same file, after a restart too`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry(["abc"], failures: 1)
            let first = scene.upload(to: registry)
            await first.step(scene.models)
            #expect(await first.problems["fraud"]?.contains("Down") == true)
            #expect(scene.files == ["abc.sqlite"])
            let written = FileManager.default.contents(atPath: scene.snapshots + "/abc.sqlite")?.count ?? 0
            // The rows are gone meanwhile; the snapshot is not made anew.
            try FileManager.default.removeItem(
                atPath: CaptureStore.path(state: scene.folder, model: "fraud"))
            await scene.upload(to: registry).step(scene.models)
            #expect(registry.brought.count == 1 && registry.sizes == [written])
            #expect(scene.files.isEmpty)
        }
    }

    @Test func `what an export left that was cut off is removed, and what nobody wants`() async throws {
        try await withScene { scene in
            try scene.leave("abc.sqlite.partial-1")
            try scene.leave("other.sqlite")
            await scene.upload(to: FakeRegistry([])).step(scene.models)
            #expect(scene.files.isEmpty)
        }
    }

    @Test func `while the registry cannot be asked nothing is removed`() async throws {
        try await withScene { scene in
            try scene.leave("abc.sqlite")
            let registry = FakeRegistry(nil)
            let upload = scene.upload(to: registry)
            await upload.step(scene.models)
            #expect(scene.files == ["abc.sqlite"])
            #expect(await upload.problems["fraud"] != nil)
            registry.want([String]())
            await upload.step(scene.models)
            #expect(scene.files.isEmpty)
            #expect(await upload.problems.isEmpty)
        }
    }

    @Test func `a snapshot that is damaged is made again`() async throws {
        try await withScene { scene in
            try scene.leave("abc.sqlite", Data("SQLite format 3".utf8))
            let registry = FakeRegistry(["abc"])
            let upload = scene.upload(to: registry)
            await upload.step(scene.models)
            #expect(registry.brought.isEmpty)
            await upload.step(scene.models)
            #expect(registry.brought.count == 1)
        }
    }

    @Test func `rows without a label are not brought, and that is said`() async throws {
        try await withScene(isLabelled: false) { scene in
            let registry = FakeRegistry(["abc"])
            let upload = scene.upload(to: registry)
            await upload.step(scene.models)
            #expect(await upload.problems["fraud"]?.contains("none of them has a label yet") == true)
            #expect(registry.brought.isEmpty && scene.files.isEmpty)
        }
    }

    @Test func `a model that has nothing captured, or no reference yet, is told apart`() async throws {
        try await withScene { scene in
            let models = [
                SnapshotUpload.Model(name: "other", schema: scene.models[0].schema),
                SnapshotUpload.Model(name: "fraud", schema: nil),
            ]
            let registry = FakeRegistry(["abc"])
            let upload = scene.upload(to: registry)
            await upload.step(models)
            #expect(await upload.problems["other"]?.contains("nothing was captured") == true)
            #expect(await upload.problems["fraud"]?.contains("no reference yet") == true)
            #expect(registry.brought.isEmpty)
            await upload.step([])
            #expect(await upload.problems.isEmpty)
        }
    }

    @Test func `a disk without room is told, and tried again`() async throws {
        try await withScene { scene in
            let registry = FakeRegistry(["abc"])
            let upload = scene.upload(to: registry, freeBytes: 1000)
            await upload.step(scene.models)
            #expect(await upload.problems["fraud"]?.contains("room") == true)
            #expect(registry.brought.isEmpty && scene.files.isEmpty)
            await scene.upload(to: registry).step(scene.models)
            #expect(registry.brought.count == 1)
        }
    }

    /// An end breaks off what is under way at once, and does not call it a problem.
    @Test func `a run ends when it is cancelled`() async throws {
        try await withScene { scene in
            let upload = scene.upload(to: FakeRegistry(["abc"], failures: .max))
            let models = scene.models
            let running = Task { await upload.run(every: .seconds(3600)) { models } }
            while await upload.problems.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            running.cancel()
            await running.value
        }
    }
}
