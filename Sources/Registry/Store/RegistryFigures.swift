import GRDB

/// How much a registry holds.
package struct RegistryFigures: Codable, Equatable, Sendable {
    /// Deleted ones are not counted, as with `runs`.
    package var experiments: Int64
    package var runs: Int64
    package var models: Int64
    package var versions: Int64
    package var artifacts: Int64
    /// Of artifacts that are alike, one is counted.
    package var artifactBytes: Int64
    package var trainingSets: Int64
    /// Of files that are alike, one is counted.
    package var trainingSetBytes: Int64
}

extension Registry {
    package func figures() async throws -> RegistryFigures {
        try await read { database in
            func number(_ sql: String) throws -> Int64 { try Int64.fetchOne(database, sql: sql) ?? 0 }
            return try RegistryFigures(
                experiments: number("SELECT count(*) FROM experiment WHERE stage = 'active'"),
                runs: number("SELECT count(*) FROM run WHERE stage = 'active'"),
                models: number("SELECT count(*) FROM registered_model"),
                versions: number("SELECT count(*) FROM model_version"),
                artifacts: number("SELECT count(*) FROM artifact"),
                artifactBytes: number("SELECT sum(size) FROM (SELECT DISTINCT digest, size FROM artifact)"),
                trainingSets: number("SELECT count(*) FROM training_set"),
                trainingSetBytes: number("SELECT sum(size) FROM (SELECT DISTINCT id, size FROM training_set)")
            )
        }
    }
}
