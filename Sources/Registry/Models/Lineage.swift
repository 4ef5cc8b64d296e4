import GRDB

/// Where a version comes from: the logged model and the run that made it, with the data it was trained on.
package struct Lineage: Sendable {
    package var version: ModelVersion
    package var files: [PinnedFile]
    /// Deleted ones too, as the run.
    package var loggedModel: LoggedModel?
    package var run: RunRecord?
}

extension Registry {
    package func lineage(ofVersion version: Int64, of model: String) async throws -> Lineage {
        try await read { database in
            let found = try ModelVersion.of(model, version, database)
            return Lineage(
                version: found, files: try database.pinnedFiles(of: model, version: version),
                loggedModel: try found.loggedModel.flatMap { try LoggedModel.find($0, database) },
                run: try RunRecord.find(found.run, database))
        }
    }
}
