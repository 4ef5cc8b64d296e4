import GRDB

/// A step that an alias takes.
struct AliasStep {
    var alias: String
    var to: Int64?
    var from: Int64?
}

// MARK: - By decision

extension Registry {
    package func standing(of model: String) async throws -> Standing {
        try await read { try Standing.of(model, $0) }
    }

    /// Makes a version the champion, if the champion is still the one expected. The champion until now becomes
    /// `previous`; a version that was the candidate no longer is.
    ///
    /// - Parameters:
    ///   - expected: the champion that the caller has in mind; `nil` for none.
    ///   - epoch: where given, no decision may have been taken since.
    /// - Throws: `RegistryError` of kind `conflict` when another was faster, `forbidden` for a version without
    ///   pinned files.
    package func promote(
        _ version: Int64, of model: String, expecting expected: Int64?, epoch: Int64? = nil,
        for decision: Decision = Decision(), by actor: Actor
    ) async throws -> Standing {
        try await change(by: actor) { change in
            let isDone = { (last: AliasMove) in last.version == version }
            if let made = try change.standing(after: decision, "model.promote", of: model, isDone) {
                return made
            }
            let standing = try change.standing(of: model, expecting: expected, epoch: epoch)
            try change.refuseUnpinned(version, of: model)
            guard standing.champion != version else {
                throw RegistryError.invalid("Version \(version) of \(model) is its champion already.")
            }
            var steps = [AliasStep(alias: Alias.champion, to: version, from: standing.champion)]
            if let old = standing.champion {
                steps.append(AliasStep(alias: Alias.previous, to: old, from: standing.previous))
            } else if standing.previous != nil {
                steps.append(AliasStep(alias: Alias.previous, to: nil, from: standing.previous))
            }
            if standing.candidate == version {
                steps.append(AliasStep(alias: Alias.candidate, to: nil, from: version))
            }
            return try change.take(steps, of: model, for: decision, "model.promote")
        }
    }

    /// Makes the version that served before the champion again. A rollback may go by the id of the decision that it
    /// undoes.
    ///
    /// - Parameter expected: the champion that the caller has in mind, where it matters.
    package func rollback(
        _ model: String, expecting expected: Int64? = nil, for decision: Decision = Decision(),
        by actor: Actor
    ) async throws -> Standing {
        try await change(by: actor) { change in
            if let made = try change.standing(after: decision, "model.rollback", of: model) { return made }
            let standing = try Standing.of(model, change.database)
            if let expected { try standing.check(champion: expected, of: model) }
            guard let previous = standing.previous, let champion = standing.champion else {
                throw RegistryError.invalid("\(model) has no previous champion to roll back to.")
            }
            return try change.take(
                [
                    AliasStep(alias: Alias.champion, to: previous, from: champion),
                    AliasStep(alias: Alias.previous, to: champion, from: previous),
                ], of: model, for: decision, "model.rollback")
        }
    }

    /// Names the version that may replace the champion, or none, if the candidate is still the one expected.
    package func nominate(
        _ version: Int64?, of model: String, expecting expected: Int64?, for decision: Decision = Decision(),
        by actor: Actor
    ) async throws -> Standing {
        try await change(by: actor) { change in
            let isDone = { (last: AliasMove) in last.version == version }
            if let made = try change.standing(after: decision, "model.nominate", of: model, isDone) {
                return made
            }
            let standing = try Standing.of(model, change.database)
            guard standing.candidate == expected else {
                throw RegistryError.conflict(
                    "The candidate of \(model) is \(described(standing.candidate)), not \(described(expected))."
                )
            }
            if let version { try change.refuseUnpinned(version, of: model) }
            return try change.take(
                [AliasStep(alias: Alias.candidate, to: version, from: expected)], of: model, for: decision,
                "model.nominate")
        }
    }
}

// MARK: - By hand

extension Registry {
    /// Moves any alias, as MLflow's clients do. To move `champion` so is a manual override: it is recorded as one,
    /// sets `previous`, and a protected model refuses it.
    package func setAlias(_ alias: String, to version: Int64, of model: String, by actor: Actor) async throws
    {
        try Names.checkModelName(model)
        try Names.checkAlias(alias, isNew: true)
        try await change(by: actor) { change in
            _ = try ModelVersion.of(model, version, change.database)
            try change.override(alias, to: version, of: model)
        }
    }

    /// Deleting an alias that is not there is fine.
    package func deleteAlias(_ alias: String, of model: String, by actor: Actor) async throws {
        try Names.checkModelName(model)
        try Names.checkAlias(alias, isNew: false)
        try await change(by: actor) { change in
            try change.override(alias, to: nil, of: model)
        }
    }

    /// The version that an alias names; `latest` names the newest.
    package func modelVersion(named alias: String, of model: String) async throws -> ModelVersion {
        try Names.checkAlias(alias, isNew: false)
        return try await read { database in
            let found = try RegisteredModel.named(model, database)
            if alias.lowercased() == "latest" {
                guard let newest = found.latestVersions.max(by: { $0.version < $1.version }) else {
                    throw RegistryError.notFound("Latest version not found for model \(model).")
                }
                return newest
            }
            guard let version = found.version(named: alias) else {
                throw RegistryError.invalid("Registered model alias \(alias) not found.")
            }
            return try ModelVersion.of(model, version, database)
        }
    }
}

// MARK: - Then

extension Registry {
    /// The moves of a model's aliases, newest first.
    package func aliasMoves(
        of model: String, alias: String? = nil, limit: Int
    ) async throws -> [AliasMove] {
        try await read { database in
            _ = try RegisteredModel.named(model, database)
            return try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM alias_move WHERE model = ?1 AND (?2 IS NULL OR alias = ?2)
                    ORDER BY sequence DESC LIMIT ?3
                    """, arguments: [model, alias, limit]
            ).map(AliasMove.init)
        }
    }

    /// The move that decided what an alias named at a time; `nil` before its first.
    ///
    /// - Parameter time: milliseconds since 1970.
    package func aliasMove(of model: String, alias: String, at time: Int64) async throws -> AliasMove? {
        try await read { database in
            _ = try RegisteredModel.named(model, database)
            return try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM alias_move WHERE model = ? AND alias = ? AND time <= ?
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [model, alias, time]
            ).map(AliasMove.init)
        }
    }
}

extension Standing {
    static func of(_ model: String, _ database: Database) throws -> Standing {
        try Standing(of: RegisteredModel.named(model, database), database)
    }

    init(of model: RegisteredModel, _ database: Database) throws {
        let epoch = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT max(epoch) FROM alias_move WHERE model = ?"),
            arguments: [model.name])
        self.init(
            champion: model.version(named: Alias.champion), candidate: model.version(named: Alias.candidate),
            previous: model.version(named: Alias.previous), epoch: epoch ?? 0)
    }

    fileprivate func check(champion expected: Int64?, of model: String) throws {
        guard champion == expected else {
            throw RegistryError.conflict(
                "The champion of \(model) is \(described(champion)), not \(described(expected)).")
        }
    }
}

private func described(_ version: Int64?) -> String { version.map { "version \($0)" } ?? "no version" }

extension Change {
    fileprivate func standing(
        of model: String, expecting expected: Int64?, epoch: Int64?
    ) throws -> Standing {
        let standing = try Standing.of(model, database)
        try standing.check(champion: expected, of: model)
        if let epoch, epoch != standing.epoch {
            throw RegistryError.conflict(
                "A decision was taken on \(model) meanwhile: its epoch is \(standing.epoch), not \(epoch).")
        }
        return standing
    }

    /// What a decision brought about when it was taken already, and still stands.
    ///
    /// - Parameter isDone: whether the last move of the alias that the action is about is what is asked for.
    fileprivate func standing(
        after decision: Decision, _ action: String, of model: String,
        _ isDone: (AliasMove) -> Bool = { _ in true }
    ) throws -> Standing? {
        guard let id = decision.id else { return nil }
        let standing = try Standing.of(model, database)
        let alias = action == "model.nominate" ? Alias.candidate : Alias.champion
        let last = try Row.fetchOne(
            database,
            sql: "SELECT * FROM alias_move WHERE model = ? AND alias = ? ORDER BY sequence DESC LIMIT 1",
            arguments: [model, alias]
        ).map(AliasMove.init)
        guard let last, last.decision == id, last.action == action, isDone(last) else { return nil }
        return standing
    }

    fileprivate func refuseUnpinned(_ version: Int64, of model: String) throws {
        let found = try ModelVersion.of(model, version, database)
        guard found.digest != nil else {
            throw RegistryError.forbidden(
                "Version \(version) of \(model) has no files in the registry (its source is \(found.source)): what it "
                    + "would serve cannot be pinned. Log the model to the registry first.")
        }
    }

    fileprivate func override(_ alias: String, to version: Int64?, of model: String) throws {
        let found = try RegisteredModel.named(model, database)
        let old = found.version(named: alias)
        guard old != version else { return try record("alias.move", model, alias) }
        if alias == Alias.champion { try refuseOverride(of: found, to: version) }
        var steps = [AliasStep(alias: alias, to: version, from: old)]
        if alias == Alias.champion, let old {
            steps.append(
                AliasStep(alias: Alias.previous, to: old, from: found.version(named: Alias.previous)))
        }
        try take(
            steps, of: model, for: Decision(reason: "set by hand"), "alias.move",
            isOverride: alias == Alias.champion)
    }

    private func refuseOverride(of model: RegisteredModel, to version: Int64?) throws {
        guard model.isProtected else { return }
        let command = "leeway models promote \(model.name) \(version.map(String.init) ?? "VERSION") --expect "
        throw RegistryError.forbidden(
            "Registered Model with name=\(model.name) is protected: its champion is moved by "
                + "`\(command)\(model.version(named: Alias.champion).map(String.init) ?? "none")`.")
    }

    @discardableResult fileprivate func take(
        _ steps: [AliasStep], of model: String, for decision: Decision, _ action: String,
        isOverride: Bool = false
    ) throws -> Standing {
        let epoch = try nextEpoch()
        for step in steps {
            try move(step, of: model)
            try append(step, of: model, for: decision, action, epoch: epoch, isOverride: isOverride)
        }
        try touch(model: model)
        let text = steps.map { "\($0.alias): \(described($0.from)) → \(described($0.to))" }
        try record(action, model, text.joined(separator: ", "))
        return try Standing.of(model, database)
    }

    private func move(_ step: AliasStep, of model: String) throws {
        guard let version = step.to else {
            return try execute("DELETE FROM alias WHERE model = ? AND alias = ?", [model, step.alias])
        }
        try execute(
            "INSERT OR REPLACE INTO alias (model, alias, version) VALUES (?, ?, ?)",
            [model, step.alias, version])
    }

    private func nextEpoch() throws -> Int64 {
        let last = try Int64.fetchOne(
            database, sql: "SELECT epoch FROM alias_move ORDER BY sequence DESC LIMIT 1")
        return (last ?? 0) + 1
    }

    /// Writes a step into the history.
    func append(
        _ step: AliasStep, of model: String, for decision: Decision, _ action: String, epoch: Int64? = nil,
        isOverride: Bool = false
    ) throws {
        try execute(
            """
            INSERT INTO alias_move
                (model, epoch, alias, version, previous, time, actor, decision, action, reason, evidence,
                is_override)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                model, try epoch ?? nextEpoch(), step.alias, step.to, step.from, time, actor.name,
                decision.id, action, decision.reason, decision.evidence, isOverride,
            ])
    }

    /// The versions that were champion last, newest first.
    func lastChampions(of model: String) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT version FROM alias_move WHERE model = ? AND alias = ? AND version IS NOT NULL
                GROUP BY version ORDER BY max(sequence) DESC LIMIT ?
                """, arguments: [model, Alias.champion, Alias.championsKept])
    }
}
