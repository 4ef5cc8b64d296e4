import GRDB

/// A registered model as a whole, as it is at one moment: who serves, and every version.
package struct ModelOverview: Sendable {
    package var model: RegisteredModel
    package var standing: Standing
    /// Newest first.
    package var versions: [ModelVersion]
}

extension Registry {
    package func modelOverview(_ name: String) async throws -> ModelOverview {
        try await read { try ModelOverview.of(name, $0) }
    }

    /// Of every registered model, by name.
    package func modelOverviews() async throws -> [ModelOverview] {
        try await read { database in
            try String.fetchAll(database, sql: "SELECT name FROM registered_model ORDER BY name")
                .map { try ModelOverview.of($0, database) }
        }
    }
}

extension ModelOverview {
    fileprivate static func of(_ name: String, _ database: Database) throws -> ModelOverview {
        let model = try RegisteredModel.named(name, database)
        return ModelOverview(
            model: model, standing: try Standing(of: model, database),
            versions: try ModelVersion.all(of: name, database))
    }
}
