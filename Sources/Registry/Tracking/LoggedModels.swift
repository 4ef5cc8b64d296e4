import GRDB

extension Registry {
    /// Makes a logged model that waits for its files.
    ///
    /// - Parameter name: made up where it is missing.
    package func createLoggedModel(
        inExperiment experiment: Int64, name: String?, sourceRun: String?, modelType: String?, params: [Tag],
        tags: [Tag], by actor: Actor
    ) async throws -> LoggedModel {
        if let name { try Names.checkLoggedModelName(name) }
        return try await change(by: actor) { change in
            let owner = try change.activeExperiment(experiment)
            let id = "m-" + Identifier.random()
            try change.execute(
                """
                INSERT INTO logged_model
                    (id, experiment, name, source_run, artifact_uri, status, model_type, created, updated)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    id, experiment, name ?? Identifier.randomName(), sourceRun,
                    "\(owner.artifactLocation)/models/\(id)/artifacts", LoggedModel.Status.pending.rawValue,
                    modelType, change.time, change.time,
                ])
            for param in params { try change.set(param, in: .loggedModelParam, of: id) }
            for tag in tags { try change.set(tag, in: .loggedModelTag, of: id) }
            try change.record("logged_model.create", id, name ?? "")
            return try LoggedModel.of(id, change.database)
        }
    }

    package func loggedModel(_ id: String) async throws -> LoggedModel {
        try await read { try LoggedModel.of(id, $0) }
    }

    /// Says whether a logged model's files are all there.
    package func finalize(
        loggedModel id: String, _ status: LoggedModel.Status, by actor: Actor
    ) async throws -> LoggedModel {
        try await change(by: actor) { change in
            try change.activeLoggedModel(id)
            try change.execute(
                "UPDATE logged_model SET status = ?, updated = ? WHERE id = ?",
                [status.rawValue, change.time, id])
            try change.record("logged_model.finalize", id, status.rawValue)
            return try LoggedModel.of(id, change.database)
        }
    }

    package func log(params: [Tag], toLoggedModel id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeLoggedModel(id)
            for param in params { try change.set(param, in: .loggedModelParam, of: id) }
            try change.record("logged_model.params", id, "\(params.count)")
        }
    }

    package func set(tags: [Tag], ofLoggedModel id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeLoggedModel(id)
            for tag in tags { try change.set(tag, in: .loggedModelTag, of: id) }
            try change.record("logged_model.tag", id, tags.map(\.key).joined(separator: ", "))
        }
    }

    package func deleteTag(_ key: String, ofLoggedModel id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeLoggedModel(id)
            guard try change.removeTag(key, in: .loggedModelTag, of: id) else {
                throw RegistryError.notFound(
                    "No tag with key \(key.pythonLiteral) found for model with ID \(id.pythonLiteral).")
            }
            try change.record("logged_model.untag", id, key)
        }
    }

    package func deleteLoggedModel(_ id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeLoggedModel(id)
            try change.execute(
                "UPDATE logged_model SET stage = 'deleted', updated = ?1, deleted = ?1 WHERE id = ?2",
                [change.time, id])
            try change.record("logged_model.delete", id)
        }
    }
}

extension LoggedModel {
    /// - Throws: `RegistryError` when it is not there, or deleted.
    static func of(_ id: String, _ database: Database) throws -> LoggedModel {
        guard try isActive(id, database), let model = try find(id, database) else { throw missing(id) }
        return model
    }

    /// `nil` when it is not there; a deleted one is.
    static func find(_ id: String, _ database: Database) throws -> LoggedModel? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM logged_model WHERE id = ?"), arguments: [id]
        ).map { try LoggedModel($0, database) }
    }

    fileprivate static func isActive(_ id: String, _ database: Database) throws -> Bool {
        try Int.fetchOne(
            database.cachedStatement(sql: "SELECT 1 FROM logged_model WHERE id = ? AND stage = 'active'"),
            arguments: [id]) != nil
    }

    fileprivate static func missing(_ id: String) -> RegistryError {
        .notFound("Logged model with ID '\(id)' not found.")
    }

    private init(_ row: Row, _ database: Database) throws {
        let id: String = row["id"]
        self.init(
            id: id, experiment: row["experiment"], name: row["name"], sourceRun: row["source_run"],
            artifactURI: row["artifact_uri"], status: Status(rawValue: row["status"]) ?? .pending,
            statusMessage: row["status_message"], modelType: row["model_type"],
            created: row["created"], updated: row["updated"],
            tags: try Tag.all(database, in: .loggedModelTag, of: id),
            params: try Tag.all(database, in: .loggedModelParam, of: id),
            metrics: try ModelMetric.all(of: id, database))
    }
}

extension Change {
    /// - Throws: `RegistryError` when the logged model is not there or deleted.
    func activeLoggedModel(_ id: String) throws {
        guard try LoggedModel.isActive(id, database) else { throw LoggedModel.missing(id) }
    }
}

extension ModelMetric {
    fileprivate static func all(of model: String, _ database: Database) throws -> [ModelMetric] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT * FROM logged_model_metric WHERE model = ?
                    ORDER BY key, timestamp, step, value, run, dataset_name, dataset_digest
                    """), arguments: [model]
        ).map { row in
            ModelMetric(
                metric: Metric(row), run: row["run"], datasetName: row["dataset_name"],
                datasetDigest: row["dataset_digest"])
        }
    }
}
