import GRDB

extension Registry {
    package func createRegisteredModel(
        _ name: String, description: String = "", tags: [Tag] = [], by actor: Actor
    ) async throws -> RegisteredModel {
        try Names.checkModelName(name)
        for tag in tags { try RegisteredModel.check(tag) }
        return try await change(by: actor) { change in
            try change.refuseTakenModelName(name)
            try change.createModel(name, description, tags)
            return try RegisteredModel.named(name, change.database)
        }
    }

    package func registeredModel(_ name: String) async throws -> RegisteredModel {
        try await read { try RegisteredModel.named(name, $0) }
    }

    package func describe(
        registeredModel name: String, as description: String, by actor: Actor
    ) async throws -> RegisteredModel {
        try await change(by: actor) { change in
            try change.touch(model: name)
            try change.execute(
                "UPDATE registered_model SET description = ? WHERE name = ?", [description, name])
            try change.record("model.describe", name)
            return try RegisteredModel.named(name, change.database)
        }
    }

    /// Versions, aliases and their history follow the name. A protected model keeps its own: else whoever may not
    /// move its champion could put another model in its place.
    package func renameRegisteredModel(
        _ name: String, to newName: String, by actor: Actor
    ) async throws -> RegisteredModel {
        try Names.checkModelName(newName, parameter: "new_name")
        return try await change(by: actor) { change in
            try change.touch(model: name)
            try RegisteredModel.named(name, change.database).refuseProtected()
            if !newName.isIdentical(to: name) { try change.refuseTakenModelName(newName) }
            try change.execute("UPDATE registered_model SET name = ? WHERE name = ?", [newName, name])
            try change.execute(
                """
                INSERT INTO version_number SELECT ?, last FROM version_number WHERE model = ?
                ON CONFLICT DO UPDATE SET last = max(last, excluded.last)
                """, [newName, name])
            try change.execute(
                "UPDATE model_version SET updated = ? WHERE model = ?", [change.time, newName])
            try change.renameRetraining(of: name, to: newName)
            try change.renameTrainingSets(of: name, to: newName)
            try change.renameRollouts(of: name, to: newName)
            try change.record("model.rename", name, newName)
            return try RegisteredModel.named(newName, change.database)
        }
    }

    /// Deletes a model with its versions. One that serves, or is protected, stays.
    package func deleteRegisteredModel(_ name: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            let model = try RegisteredModel.named(name, change.database)
            try model.refuseDeletion()
            try change.dropAliases(of: model)
            try change.execute("DELETE FROM registered_model WHERE name = ?", [name])
            try change.dropRetraining(of: name)
            try change.dropRollouts(of: name)
            try change.record("model.delete", name)
        }
    }

    package func setTag(_ tag: Tag, ofRegisteredModel name: String, by actor: Actor) async throws {
        try RegisteredModel.check(tag)
        try await change(by: actor) { change in
            _ = try RegisteredModel.named(name, change.database)
            try change.set(tag, in: .registeredModelTag, of: name)
            try change.record("model.tag", name, tag.key)
        }
    }

    /// Deleting a tag that is not there is fine.
    package func deleteTag(_ key: String, ofRegisteredModel name: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            _ = try RegisteredModel.named(name, change.database)
            _ = try change.removeTag(key, in: .registeredModelTag, of: name)
            try change.record("model.untag", name, key)
        }
    }

    /// A protected model's champion moves through `promote` and `rollback` alone, and it cannot be deleted.
    package func protect(_ name: String, _ isProtected: Bool, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.touch(model: name)
            try change.execute(
                "UPDATE registered_model SET is_protected = ? WHERE name = ?", [isProtected, name])
            try change.record(isProtected ? "model.protect" : "model.unprotect", name)
        }
    }
}

extension RegisteredModel {
    static func named(_ name: String, _ database: Database) throws -> RegisteredModel {
        try Names.checkModelName(name)
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM registered_model WHERE name = ?", arguments: [name])
        else { throw RegistryError.notFound("Registered Model with name=\(name) not found") }
        return RegisteredModel(
            name: name, created: row["created"], updated: row["updated"], description: row["description"],
            isProtected: row["is_protected"],
            tags: try Tag.all(database, in: .registeredModelTag, of: name),
            aliases: try AliasTarget.all(of: name, database),
            latestVersions: try ModelVersion.latest(of: name, database))
    }

    package func version(named alias: String) -> Int64? { aliases.first { $0.alias == alias }?.version }

    fileprivate static func check(_ tag: Tag) throws {
        try Names.checkKey(tag.key, at: "key")
        try Names.checkLength(tag.key, of: "key", atMost: 250)
        try Names.checkLength(tag.value, of: "value", atMost: 100_000)
    }

    fileprivate func refuseProtected() throws {
        guard isProtected else { return }
        throw RegistryError.forbidden(
            "Registered Model with name=\(name) is protected: run `leeway models unprotect \(name)` first.")
    }

    fileprivate func refuseDeletion() throws {
        guard !isProtected else {
            throw RegistryError.forbidden(
                "Registered Model with name=\(name) is protected: run `leeway models unprotect \(name)` first."
            )
        }
        guard let champion = version(named: Alias.champion) else { return }
        throw RegistryError.forbidden(
            "Registered Model with name=\(name) serves: version \(champion) is its champion. "
                + "Delete the alias 'champion' first.")
    }
}

extension Change {
    /// Makes a model of a name that none has.
    func createModel(_ name: String, _ description: String = "", _ tags: [Tag] = []) throws {
        try execute(
            """
            INSERT INTO registered_model (name, description, created, updated, life) VALUES (?, ?, ?, ?, (
                SELECT 1 + max(
                    (SELECT coalesce(max(life), 0) FROM registered_model),
                    (SELECT coalesce(max(life), 0) FROM alias_move))))
            """, [name, description, time, time])
        for tag in tags { try set(tag, in: .registeredModelTag, of: name) }
        try record("model.create", name)
    }

    /// The same, unless it is there.
    func ensureModel(_ name: String) throws {
        let exists = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM registered_model WHERE name = ?)", arguments: [name])
        if exists != true { try createModel(name) }
    }

    fileprivate func refuseTakenModelName(_ name: String) throws {
        let isTaken = try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM registered_model WHERE name = ?)", arguments: [name])
        if isTaken == true {
            throw RegistryError.alreadyExists("Registered Model (name=\(name)) already exists.")
        }
    }

    /// Notes that a model changes.
    ///
    /// - Throws: `RegistryError` when there is no such model.
    func touch(model name: String) throws {
        try Names.checkModelName(name)
        try execute("UPDATE registered_model SET updated = ? WHERE name = ?", [time, name])
        if database.changesCount == 0 {
            throw RegistryError.notFound("Registered Model with name=\(name) not found")
        }
    }
}
