import GRDB

extension Registry {
    /// - Parameter artifactLocation: where runs keep their artifacts; by default with the registry.
    /// - Returns: the experiment's id.
    package func createExperiment(
        _ name: String, artifactLocation: String? = nil, tags: [Tag] = [], by actor: Actor
    ) async throws -> Int64 {
        try Names.checkExperimentName(name)
        for tag in tags { try Experiment.check(tag) }
        if let artifactLocation { try Experiment.check(artifactLocation: artifactLocation) }
        return try await change(by: actor) { change in
            try change.createExperiment(name, artifactLocation, tags)
        }
    }

    package func experiment(_ id: Int64) async throws -> Experiment {
        try await read { try Experiment.of(id, $0) }
    }

    /// Deleted ones too: their names are taken.
    package func experiment(named name: String) async throws -> Experiment {
        try await read { database in
            guard
                let id = try Int64.fetchOne(
                    database, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [name])
            else { throw RegistryError.notFound("Could not find experiment with name '\(name)'") }
            return try Experiment.of(id, database)
        }
    }

    package func renameExperiment(_ id: Int64, to name: String, by actor: Actor) async throws {
        try Names.checkExperimentName(name)
        try await change(by: actor) { change in
            try change.activeExperiment(id)
            try change.refuseTakenExperimentName(name, except: id)
            try change.execute(
                "UPDATE experiment SET name = ?, updated = ? WHERE id = ?", [name, change.time, id])
            try change.record("experiment.rename", "\(id)", name)
        }
    }

    /// Its runs are deleted with it.
    package func deleteExperiment(_ id: Int64, by actor: Actor) async throws {
        try await change(by: actor) { try $0.move(experiment: id, from: .active, to: .deleted) }
    }

    /// Its runs are restored with it.
    package func restoreExperiment(_ id: Int64, by actor: Actor) async throws {
        try await change(by: actor) { try $0.move(experiment: id, from: .deleted, to: .active) }
    }

    package func setTag(_ tag: Tag, ofExperiment id: Int64, by actor: Actor) async throws {
        try Experiment.check(tag)
        try await change(by: actor) { change in
            try change.activeExperiment(id)
            try change.set(tag, in: .experimentTag, of: id)
            try change.record("experiment.tag", "\(id)", tag.key)
        }
    }

    package func deleteTag(_ key: String, ofExperiment id: Int64, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeExperiment(id)
            guard try change.removeTag(key, in: .experimentTag, of: id) else {
                throw RegistryError.notFound("No tag with name: \(key) in experiment with id \(id)")
            }
            try change.record("experiment.untag", "\(id)", key)
        }
    }
}

extension Experiment {
    static func of(_ id: Int64, _ database: Database) throws -> Experiment {
        guard
            let row = try Row.fetchOne(
                database, sql: "SELECT * FROM experiment WHERE id = ?", arguments: [id])
        else { throw RegistryError.notFound("No Experiment with id=\(id) exists") }
        return Experiment(
            id: row["id"], name: row["name"], artifactLocation: row["artifact_location"],
            stage: LifecycleStage(rawValue: row["stage"]) ?? .active,
            created: row["created"], updated: row["updated"],
            tags: try Tag.all(database, in: .experimentTag, of: id))
    }

    fileprivate static func check(_ tag: Tag) throws {
        try Names.checkKey(tag.key, at: "key")
        try Names.checkLength(tag.key, of: "key", atMost: 250)
        try Names.checkLength(tag.value, of: "value", atMost: 20_000)
    }

    fileprivate static func check(artifactLocation location: String) throws {
        guard !location.hasPrefix("runs:") else {
            throw RegistryError.invalid("Artifact location cannot be a runs:/ URI. Given: '\(location)'")
        }
        guard !location.contains(anyOf: "#?;") else {
            throw RegistryError.invalid("'artifact_location' URL can't include fragments or params.")
        }
        guard !location.isLonger(than: 2048) else {
            throw RegistryError.invalid(
                "Invalid artifact path length. The length of the artifact path cannot be greater than 2048 characters."
            )
        }
    }
}

extension Change {
    fileprivate func createExperiment(
        _ name: String, _ artifactLocation: String?, _ tags: [Tag]
    ) throws -> Int64 {
        try refuseTakenExperimentName(name)
        try execute(
            "INSERT INTO experiment (name, artifact_location, created, updated) VALUES (?, ?, ?, ?)",
            [name, artifactLocation ?? "", time, time])
        let id = database.lastInsertedRowID
        if artifactLocation == nil {
            try execute(
                "UPDATE experiment SET artifact_location = ? WHERE id = ?", ["mlflow-artifacts:/\(id)", id])
        }
        for tag in tags { try set(tag, in: .experimentTag, of: id) }
        try record("experiment.create", "\(id)", name)
        return id
    }

    fileprivate func refuseTakenExperimentName(_ name: String, except id: Int64? = nil) throws {
        let stage = try String.fetchOne(
            database, sql: "SELECT stage FROM experiment WHERE name = ? AND id IS NOT ?",
            arguments: [name, id])
        guard let stage else { return }
        let hint =
            stage == "deleted" ? "It is deleted: restore it, or choose another name." : "Choose another name."
        throw RegistryError.alreadyExists("Experiment(name=\(name)) already exists. \(hint)")
    }

    /// - Throws: `RegistryError` when the experiment is not there or deleted.
    @discardableResult func activeExperiment(_ id: Int64) throws -> Experiment {
        let experiment = try Experiment.of(id, database)
        guard experiment.stage == .active else {
            throw RegistryError.invalid(
                "The experiment \(id) must be in the 'active' state. Current state is \(experiment.stage.rawValue)."
            )
        }
        return experiment
    }

    fileprivate func move(
        experiment id: Int64, from old: LifecycleStage, to new: LifecycleStage
    ) throws {
        guard try Experiment.of(id, database).stage == old else {
            throw RegistryError.notFound("No Experiment with id=\(id) exists")
        }
        let deleted = new == .deleted ? time : nil
        try execute(
            "UPDATE experiment SET stage = ?, updated = ?, deleted = ? WHERE id = ?",
            [new.rawValue, time, deleted, id])
        try execute(
            "UPDATE run SET stage = ?, deleted = ? WHERE experiment = ?", [new.rawValue, deleted, id])
        try record(new == .deleted ? "experiment.delete" : "experiment.restore", "\(id)")
    }
}
