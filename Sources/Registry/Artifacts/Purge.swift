import GRDB

/// What was deleted, and is now gone for good.
package struct PurgeReport: Equatable, Codable, Sendable {
    package var experiments = 0
    package var runs = 0
    package var loggedModels = 0
    package var artifacts = 0
}

extension Change {
    /// Removes for good what was deleted before a time: runs, logged models, and experiments with all that is in them.
    /// What a version of a model came from stays, for its lineage.
    ///
    /// - Returns: also the contents that nothing names any more.
    func purge(deletedBefore time: Int64) throws -> (PurgeReport, orphans: [String]) {
        var (report, digests) = (PurgeReport(), Set<String>())
        for experiment in try experiments(deletedBefore: time) {
            try markDeleted("run", in: experiment.id, at: time - 1)
            try markDeleted("logged_model", in: experiment.id, at: time - 1)
        }
        for run in try rows(Self.purgeableRuns, [time]) {
            report.artifacts += try removeArtifacts(of: run.id, at: run.uri, &digests)
            try execute("DELETE FROM run WHERE id = ?", [run.id])
            try record("run.purge", run.id)
            report.runs += 1
        }
        for model in try rows(Self.purgeableModels, [time]) {
            report.artifacts += try removeArtifacts(of: model.id, at: model.uri, &digests)
            try removeLoggedModel(model.id)
            report.loggedModels += 1
        }
        for experiment in try experiments(deletedBefore: time) where try isEmpty(experiment.id) {
            if try !isShared(experiment) {
                report.artifacts += try removeArtifacts(of: experiment.id, at: experiment.uri, &digests)
            }
            try execute("DELETE FROM experiment WHERE id = ?", [Int64(experiment.id)])
            try record("experiment.purge", experiment.id)
            report.experiments += 1
        }
        return (report, try digests.filter { try !database.names($0) }.sorted())
    }

    private typealias Owner = (id: String, uri: String)

    private func rows(_ sql: String, _ arguments: StatementArguments) throws -> [Owner] {
        try Row.fetchAll(database, sql: sql, arguments: arguments).map { ($0["id"], $0["uri"]) }
    }

    private static let purgeableRuns = """
        SELECT id, artifact_uri AS uri FROM run r
        WHERE stage = 'deleted' AND deleted < ?
            AND NOT EXISTS (SELECT 1 FROM model_version WHERE run = r.id)
            AND NOT EXISTS (
                SELECT 1 FROM logged_model m JOIN model_version v ON v.logged_model = m.id
                WHERE m.source_run = r.id)
        """

    private static let purgeableModels = """
        SELECT id, artifact_uri AS uri FROM logged_model m
        WHERE stage = 'deleted' AND deleted < ? AND NOT EXISTS (
            SELECT 1 FROM model_version WHERE logged_model = m.id)
        """

    /// All but the one that is there from the start, which clients rely on.
    private func experiments(deletedBefore time: Int64) throws -> [Owner] {
        try rows(
            """
            SELECT CAST(id AS TEXT) AS id, artifact_location AS uri FROM experiment
            WHERE stage = 'deleted' AND deleted < ? AND id <> 0
            """, [time])
    }

    private func markDeleted(_ table: String, in experiment: String, at time: Int64) throws {
        try execute(
            "UPDATE \(table) SET stage = 'deleted', deleted = ? WHERE experiment = ?",
            [time, Int64(experiment)])
    }

    private func isEmpty(_ experiment: String) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT NOT EXISTS (SELECT 1 FROM run WHERE experiment = ?1)
                    AND NOT EXISTS (SELECT 1 FROM logged_model WHERE experiment = ?1)
                """, arguments: [Int64(experiment)]) ?? false
    }

    /// Whether another experiment, by its client's choice, keeps its artifacts there too.
    private func isShared(_ experiment: Owner) throws -> Bool {
        guard let place = try? ArtifactPath.resolving(experiment.uri) else { return false }
        let others = try String.fetchAll(
            database, sql: "SELECT artifact_location FROM experiment WHERE id <> ?",
            arguments: [Int64(experiment.id)])
        return others.contains {
            (try? ArtifactPath.resolving($0))?.segments.starts(with: place.segments) == true
        }
    }

    private func removeLoggedModel(_ id: String) throws {
        try execute("DELETE FROM run_model_input WHERE model = ?", [id])
        try execute("DELETE FROM run_model_output WHERE model = ?", [id])
        try execute("DELETE FROM logged_model WHERE id = ?", [id])
        try record("logged_model.purge", id)
    }

    /// Only where the path names its owner: a client may have chosen a place that it shares with others.
    private func removeArtifacts(of owner: String, at uri: String, _ digests: inout Set<String>) throws -> Int
    {
        guard let path = try? ArtifactPath.resolving(uri), !path.isReserved,
            path.segments.contains(Substring(owner))
        else { return 0 }
        let range = PathRange(under: path)
        digests.formUnion(
            try String.fetchAll(
                database, sql: "SELECT DISTINCT digest FROM artifact WHERE path >= ? AND path < ?",
                arguments: [range.lower, range.upper]))
        return try deleteArtifacts(at: path)
    }
}
