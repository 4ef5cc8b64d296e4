import GRDB

extension ModelVersion {
    /// What a version is made from.
    package struct Origin: Sendable {
        /// `models:/m-…`, `models:/NAME/N`, `runs:/RUN/PATH`, `mlflow-artifacts:/…`, or a place elsewhere.
        package var source: String
        package var run: String
        package var loggedModel: String?
        package var runLink: String

        package init(source: String, run: String = "", loggedModel: String? = nil, runLink: String = "") {
            (self.source, self.run, self.loggedModel, self.runLink) = (source, run, loggedModel, runLink)
        }
    }
}

extension Registry {
    /// Makes the next version of a model and pins its files: whatever is written to their source later, the
    /// version stays what it is. Numbers are never given twice.
    package func createModelVersion(
        of model: String, from origin: ModelVersion.Origin, description: String = "", tags: [Tag] = [],
        by actor: Actor
    ) async throws -> ModelVersion {
        try Names.checkModelName(model)
        for tag in tags { try ModelVersion.check(tag) }
        return try await change(by: actor) { change in
            try change.createVersion(of: model, from: origin, description, tags)
        }
    }

    package func modelVersion(_ version: Int64, of model: String) async throws -> ModelVersion {
        try await read { try ModelVersion.of(model, version, $0) }
    }

    package func describe(
        version: Int64, of model: String, as description: String, by actor: Actor
    ) async throws -> ModelVersion {
        try await change(by: actor) { change in
            try change.touch(version: version, of: model)
            try change.execute(
                "UPDATE model_version SET description = ? WHERE model = ? AND version = ?",
                [description, model, version])
            try change.record("version.describe", "\(model)/\(version)")
            return try ModelVersion.of(model, version, change.database)
        }
    }

    package func setTag(_ tag: Tag, ofVersion version: Int64, of model: String, by actor: Actor) async throws
    {
        try ModelVersion.check(tag)
        try await change(by: actor) { change in
            _ = try ModelVersion.of(model, version, change.database)
            try change.set(tag, ofVersion: version, of: model)
            try change.record("version.tag", "\(model)/\(version)", tag.key)
        }
    }

    /// Deleting a tag that is not there is fine.
    package func deleteTag(
        _ key: String, ofVersion version: Int64, of model: String, by actor: Actor
    ) async throws {
        try await change(by: actor) { change in
            _ = try ModelVersion.of(model, version, change.database)
            try change.execute(
                "DELETE FROM model_version_tag WHERE model = ? AND version = ? AND key = ?",
                [model, version, key])
            try change.record("version.untag", "\(model)/\(version)", key)
        }
    }

    /// Deletes a version that no alias names and that was not among the last champions.
    package func deleteModelVersion(_ version: Int64, of model: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.refuseDeletion(ofVersion: version, of: model)
            try change.touch(model: model)
            try change.execute(
                "DELETE FROM model_version WHERE model = ? AND version = ?", [model, version])
            try change.record("version.delete", "\(model)/\(version)")
        }
    }

    /// - Parameter archivesOthers: other versions in the stage go to `Archived`.
    package func transition(
        version: Int64, of model: String, to stage: ModelVersion.Stage, archivesOthers: Bool, by actor: Actor
    ) async throws -> ModelVersion {
        guard !archivesOthers || stage == .staging || stage == .production else {
            throw RegistryError.invalid(
                "Model version transition cannot archive existing model versions because '\(stage.rawValue)' is not "
                    + "an Active stage. Valid stages are ['Staging', 'Production']")
        }
        return try await change(by: actor) { change in
            try change.touch(version: version, of: model)
            if archivesOthers { try change.archive(stage, of: model, except: version) }
            try change.execute(
                "UPDATE model_version SET stage = ? WHERE model = ? AND version = ?",
                [stage.rawValue, model, version])
            try change.touch(model: model)
            try change.record("version.stage", "\(model)/\(version)", stage.rawValue)
            return try ModelVersion.of(model, version, change.database)
        }
    }

    /// The newest version of each stage, or of those asked for.
    package func latestVersions(
        of model: String, stages: [ModelVersion.Stage] = []
    ) async throws -> [ModelVersion] {
        try await registeredModel(model).latestVersions.filter { stages.isEmpty || stages.contains($0.stage) }
    }

    /// Where a version's files can be downloaded: the registry's read-only view of those it pinned, or a source
    /// beyond its reach. A version that was made before its files pins what there is by now.
    package func downloadURI(ofVersion version: Int64, of model: String, by actor: Actor) async throws
        -> String
    {
        let found = try await modelVersion(version, of: model)
        if found.digest != nil { return Registry.versionURI(model: model, version: version) }
        return try await change(by: actor) { change in
            try change.pinLate(version, of: model)
                ? Registry.versionURI(model: model, version: version) : found.source
        }
    }
}

// MARK: - Reading

extension ModelVersion {
    static func of(_ model: String, _ version: Int64, _ database: Database) throws -> ModelVersion {
        try Names.checkModelName(model)
        guard
            let row = try Row.fetchOne(
                database.cachedStatement(sql: "SELECT * FROM model_version WHERE model = ? AND version = ?"),
                arguments: [model, version])
        else { throw RegistryError.notFound("Model Version (name=\(model), version=\(version)) not found") }
        return try ModelVersion(row, database)
    }

    private init(_ row: Row, _ database: Database) throws {
        let (model, version): (String, Int64) = (row["model"], row["version"])
        self.init(
            model: model, version: version, created: row["created"], updated: row["updated"],
            description: row["description"], stage: Stage(rawValue: row["stage"]) ?? .none,
            source: row["source"], run: row["run"], runLink: row["run_link"],
            loggedModel: row["logged_model"], creator: row["creator"], digest: row["digest"],
            tags: try ModelVersion.tags(of: model, version, database),
            aliases: try String.fetchAll(
                database.cachedStatement(
                    sql: "SELECT alias FROM alias WHERE model = ? AND version = ? ORDER BY alias"),
                arguments: [model, version]))
    }

    private static func tags(of model: String, _ version: Int64, _ database: Database) throws -> [Tag] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT key, value FROM model_version_tag WHERE model = ? AND version = ? ORDER BY key"),
            arguments: [model, version]
        ).map(Tag.init)
    }

    fileprivate static func check(_ tag: Tag) throws {
        try Names.checkKey(tag.key, at: "key")
        try Names.checkLength(tag.key, of: "key", atMost: 250)
        try Names.checkLength(tag.value, of: "value", atMost: 100_000)
    }

    /// The newest version of each stage, in the order in which the stages were first reached.
    static func latest(of model: String, _ database: Database) throws -> [ModelVersion] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT * FROM model_version AS v WHERE model = ? AND NOT EXISTS (
                        SELECT 1 FROM model_version AS w
                        WHERE w.model = v.model AND w.stage = v.stage AND w.version > v.version)
                    ORDER BY (
                        SELECT min(version) FROM model_version AS w WHERE w.model = v.model AND w.stage = v.stage)
                    """), arguments: [model]
        ).map { try ModelVersion($0, database) }
    }

    /// Newest first.
    static func all(of model: String, _ database: Database) throws -> [ModelVersion] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM model_version WHERE model = ? ORDER BY version DESC",
            arguments: [model]
        ).map { try ModelVersion($0, database) }
    }
}

// MARK: - Writing

extension Change {
    func createVersion(
        of model: String, from origin: ModelVersion.Origin, _ description: String, _ tags: [Tag]
    ) throws -> ModelVersion {
        try touch(model: model)
        let source = try VersionSource(origin, database)
        let version = try nextVersion(of: model)
        try execute(
            """
            INSERT INTO model_version
                (model, version, created, updated, description, source, run, run_link, logged_model, creator)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                model, version, time, time, description, origin.source, source.run, origin.runLink,
                source.loggedModel, actor.name,
            ])
        for tag in tags { try set(tag, ofVersion: version, of: model) }
        try pin(source.files, as: version, of: model)
        if let loggedModel = source.loggedModel { try note(version: version, of: model, on: loggedModel) }
        try record("version.create", "\(model)/\(version)", origin.source)
        return try ModelVersion.of(model, version, database)
    }

    private func nextVersion(of model: String) throws -> Int64 {
        try execute(
            """
            INSERT INTO version_number (model, last) VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1
            """, [model])
        return try Int64.fetchOne(
            database, sql: "SELECT last FROM version_number WHERE model = ?", arguments: [model]) ?? 1
    }

    /// Pins the files of a version that had none when it was made.
    ///
    /// - Returns: whether it has any.
    func pinLate(_ version: Int64, of model: String) throws -> Bool {
        let found = try ModelVersion.of(model, version, database)
        guard found.digest == nil else { return true }
        let origin = ModelVersion.Origin(source: found.source, run: found.run, loggedModel: found.loggedModel)
        let files: VersionSource.Files
        do {
            files = try VersionSource(origin, database).files
        } catch is RegistryError {
            // What it was made from has been deleted since.
            return false
        }
        guard files != .elsewhere else { return false }
        try pin(files, as: version, of: model)
        guard try ModelVersion.of(model, version, database).digest != nil else { return false }
        try record("version.pin", "\(model)/\(version)", found.source)
        return true
    }

    private func pin(_ files: VersionSource.Files, as version: Int64, of model: String) throws {
        let digest: String? =
            switch files {
            case .stored(let path): try pin(filesUnder: path, model: model, version: version)
            case .pinned(let other, let number):
                try pin(filesOf: (model: other, version: number), model: model, version: version)
            case .elsewhere: nil
            }
        try execute(
            "UPDATE model_version SET digest = ? WHERE model = ? AND version = ?", [digest, model, version])
    }

    /// MLflow's interface finds a logged model's versions by this tag.
    private func note(version: Int64, of model: String, on loggedModel: String) throws {
        let entry = "[{\"name\": \(model.jsonLiteral), \"version\": \(version)}]"
        try execute(
            "INSERT OR IGNORE INTO logged_model_tag (model, key, value) VALUES (?, 'mlflow.modelVersions', ?)",
            [loggedModel, entry])
    }

    fileprivate func set(_ tag: Tag, ofVersion version: Int64, of model: String) throws {
        try execute(
            "INSERT OR REPLACE INTO model_version_tag (model, version, key, value) VALUES (?, ?, ?, ?)",
            [model, version, tag.key, tag.value])
    }

    /// Notes that a version's description or stage changes.
    ///
    /// - Throws: `RegistryError` when there is no such version.
    func touch(version: Int64, of model: String) throws {
        _ = try ModelVersion.of(model, version, database)
        try execute(
            "UPDATE model_version SET updated = ? WHERE model = ? AND version = ?", [time, model, version])
    }

    fileprivate func archive(
        _ stage: ModelVersion.Stage, of model: String, except version: Int64
    ) throws {
        try execute(
            """
            UPDATE model_version SET stage = 'Archived', updated = ?
            WHERE model = ? AND stage = ? AND version != ?
            """, [time, model, stage.rawValue, version])
    }

    fileprivate func refuseDeletion(ofVersion version: Int64, of model: String) throws {
        let found = try ModelVersion.of(model, version, database)
        let what = "Model Version (name=\(model), version=\(version))"
        if let alias = found.aliases.first {
            throw RegistryError.forbidden("\(what) is named by the alias '\(alias)': delete the alias first.")
        }
        if try lastChampions(of: model).contains(version) {
            throw RegistryError.forbidden(
                "\(what) is one of the last \(Alias.championsKept) champions: they are kept to roll back to.")
        }
    }
}
