import Foundation
import GRDB
import Testing

@testable import Registry

struct PurgeTests {
    private static let day = Duration.seconds(86400)
    private static let now: Int64 = 1_800_000_000_000

    /// An experiment with runs and logged models: alive, deleted lately, deleted long ago, and deleted long ago but
    /// what a version came from. Each run has one artifact of its own.
    private static func store() async throws -> ArtifactFixture {
        let store = try ArtifactFixture(clock: { now })
        try await store.registry.change(by: tester) { change in
            try change.insertExperiment(1, deleted: nil)
            for (run, deleted) in deletions {
                try change.insertRun(run, in: 1, deleted: deleted)
                try change.insertLoggedModel("m-\(run)", in: 1, from: run, deleted: deleted)
            }
            try change.insertVersion("fraud", 1, run: "source")
            try change.insertVersion("fraud", 2, loggedModel: "m-made")
        }
        for (run, _) in deletions {
            try await store.put(run, at: "1/\(run)/artifacts/x")
            try await store.put("m-" + run, at: "1/models/m-\(run)/artifacts/x")
        }
        return store
    }

    private static let deletions: [(String, Int64?)] = [
        ("alive", nil), ("lately", now - 1000), ("long", 1000), ("source", 1000), ("made", 1000),
    ]

    @Test func `what was deleted long ago goes, but not what a version came from`() async throws {
        let store = try await Self.store()
        for dryRun in [true, false] {
            let report = try await store.registry.collectGarbage(
                olderThan: .zero - .seconds(60 * 60 * 24 * 365 * 20), purgingDeletedOlderThan: Self.day,
                dryRun: dryRun, by: tester)
            #expect(report.purged == PurgeReport(runs: 1, loggedModels: 2, artifacts: 3))
            #expect(report.blobs == 3)
        }
        #expect(try await store.names(under: "1") == ["alive/", "lately/", "made/", "models/", "source/"])
        #expect(try await store.names(under: "1/models") == ["m-alive/", "m-lately/", "m-made/"])
        #expect(try await store.registry.verify().isEmpty)
        #expect(try await store.registry.audit(of: "long", limit: 1)[0].action == "run.purge")
    }

    @Test func `an experiment goes with all that is in it, unless a version came from there`() async throws {
        let store = try await Self.store()
        try await store.registry.change(by: tester) { change in
            try change.insertExperiment(2, deleted: 1000)
            try change.insertRun("two", in: 2, deleted: nil)
            try change.execute("UPDATE experiment SET stage = 'deleted', deleted = 1000 WHERE id IN (0, 1)")
        }
        try await store.put("two", at: "2/two/artifacts/x")
        try await store.put("trace", at: "2/traces/x")
        let report = try await store.registry.collectGarbage(
            olderThan: Self.day, purgingDeletedOlderThan: Self.day, dryRun: false, by: tester)
        #expect(report.purged == PurgeReport(experiments: 1, runs: 4, loggedModels: 4, artifacts: 9))
        #expect(try await store.names(under: nil) == ["1/"])
        let left = try await store.registry.read { database in
            try Int64.fetchAll(database, sql: "SELECT id FROM experiment ORDER BY id")
        }
        #expect(left == [0, 1])
    }

    @Test func `an experiment's folder stays where another experiment keeps its own artifacts`() async throws
    {
        let store = try ArtifactFixture(clock: { Self.now })
        try await store.registry.change(by: tester) { try $0.insertExperiment(7, deleted: 1000) }
        _ = try await store.registry.createExperiment(
            "guest", artifactLocation: "mlflow-artifacts://host/7/guest", by: tester)
        try await store.put("x", at: "7/guest/r/artifacts/x")
        let report = try await store.registry.collectGarbage(
            olderThan: Self.day, purgingDeletedOlderThan: Self.day, dryRun: false, by: tester)
        #expect(report.purged == PurgeReport(experiments: 1))
        #expect(try await store.names(under: "7/guest/r/artifacts") == ["x"])
    }

    @Test func `artifacts in a place that others share stay`() async throws {
        let store = try ArtifactFixture(clock: { Self.now })
        try await store.put("x", at: "shared/x")
        try await store.registry.change(by: tester) { change in
            try change.insertExperiment(5, deleted: 1000)
            try change.insertRun("r", in: 5, deleted: 1000, uri: "mlflow-artifacts:/shared")
            try change.insertRun("s", in: 5, deleted: 1000, uri: "s3://bucket/s")
        }
        let report = try await store.registry.collectGarbage(
            olderThan: Self.day, purgingDeletedOlderThan: Self.day, dryRun: false, by: tester)
        #expect(report.purged == PurgeReport(experiments: 1, runs: 2))
        #expect(try await store.names(under: "shared") == ["x"])
    }
}

extension Change {
    fileprivate func insertExperiment(_ id: Int64, deleted: Int64?) throws {
        try execute(
            """
            INSERT INTO experiment (id, name, artifact_location, stage, created, updated, deleted)
            VALUES (?, ?, ?, ?, 1, 1, ?)
            """,
            [id, "e\(id)", "mlflow-artifacts:/\(id)", deleted.map { _ in "deleted" } ?? "active", deleted])
    }

    fileprivate func insertRun(_ id: String, in experiment: Int64, deleted: Int64?, uri: String? = nil) throws
    {
        try execute(
            """
            INSERT INTO run (id, experiment, name, user, status, artifact_uri, stage, deleted)
            VALUES (?, ?, '', '', 'FINISHED', ?, ?, ?)
            """,
            [
                id, experiment, uri ?? "mlflow-artifacts:/\(experiment)/\(id)/artifacts",
                deleted.map { _ in "deleted" } ?? "active", deleted,
            ])
    }

    fileprivate func insertLoggedModel(
        _ id: String, in experiment: Int64, from run: String, deleted: Int64?
    ) throws {
        try execute(
            """
            INSERT INTO logged_model
                (id, experiment, name, source_run, artifact_uri, status, created, updated, stage, deleted)
            VALUES (?, ?, 'model', ?, ?, 'LOGGED_MODEL_READY', 1, 1, ?, ?)
            """,
            [
                id, experiment, run, "mlflow-artifacts:/\(experiment)/models/\(id)/artifacts",
                deleted.map { _ in "deleted" } ?? "active", deleted,
            ])
        try execute("INSERT INTO run_model_output (run, model, step) VALUES (?, ?, 0)", [run, id])
    }
}
