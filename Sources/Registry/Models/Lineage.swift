import GRDB

/// Where a version comes from: who registered it, the logged model and the run that made it, with the data it
/// was trained on.
package struct Lineage: Sendable {
    package var version: ModelVersion
    package var files: [VersionFile]
    /// Who registered the version.
    package var registeredBy: String?
    package var loggedModel: LoggedModel?
    package var run: RunRecord?
}

/// A file as a version pinned it.
package struct VersionFile: Equatable, Sendable {
    package var path: String
    /// SHA-256 in hexadecimal digits.
    package var digest: String
    /// In bytes.
    package var size: Int64
}

extension Registry {
    package func lineage(ofVersion version: Int64, of model: String) async throws -> Lineage {
        try await read { database in
            let found = try ModelVersion.of(model, version, database)
            return Lineage(
                version: found, files: try VersionFile.all(of: model, version, database),
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

extension VersionFile {
    fileprivate static func all(
        of model: String, _ version: Int64, _ database: Database
    ) throws -> [VersionFile] {
        try Row.fetchAll(
            database,
            sql:
                "SELECT path, digest, size FROM model_version_file WHERE model = ? AND version = ? ORDER BY path",
            arguments: [model, version]
        ).map { VersionFile(path: $0["path"], digest: $0["digest"], size: $0["size"]) }
    }
}
