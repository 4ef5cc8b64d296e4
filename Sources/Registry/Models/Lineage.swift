import GRDB

/// Where a version comes from: who registered it, the logged model and the run that made it, with the data it
/// was trained on.
package struct Lineage: Sendable {
    package var version: ModelVersion
    package var files: [PinnedFile]
    /// Who registered the version.
    package var registeredBy: String?
    package var loggedModel: LoggedModel?
    package var run: RunRecord?
}

extension Registry {
    package func lineage(ofVersion version: Int64, of model: String) async throws -> Lineage {
        try await read { database in
            let found = try ModelVersion.of(model, version, database)
            return Lineage(
                version: found, files: try database.pinnedFiles(of: model, version: version),
                registeredBy: try String.fetchOne(
                    database,
                    sql:
                        "SELECT actor FROM audit WHERE subject = ? AND action = 'version.create' ORDER BY sequence DESC",
                    arguments: ["\(model)/\(version)"]),
                loggedModel: found.loggedModel.flatMap { try? LoggedModel.of($0, database) },
                run: found.run.isEmpty ? nil : try? RunRecord.of(found.run, database))
        }
    }

    /// A model's versions, newest first.
    package func modelVersions(of model: String) async throws -> [ModelVersion] {
        try await read { try ModelVersion.all(of: model, $0) }
    }

    /// Every registered model, by name.
    package func registeredModels() async throws -> [RegisteredModel] {
        try await read { database in
            try String.fetchAll(database, sql: "SELECT name FROM registered_model ORDER BY name")
                .map { try RegisteredModel.named($0, database) }
        }
    }
}
