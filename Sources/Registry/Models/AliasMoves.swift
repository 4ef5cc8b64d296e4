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
    ///   - decision: one that was taken before changes nothing, whatever happened since.
    /// - Throws: `RegistryError` of kind `conflict` when another was faster, `forbidden` for a version without
    ///   pinned files.
    package func promote(
        _ version: Int64, of model: String, expecting expected: Int64?, epoch: Int64? = nil,
        for decision: Decision = Decision(), by actor: Actor
    ) async throws -> Standing {
        try await change(by: actor) { change in
            try change.promote(version, of: model, expecting: expected, epoch: epoch, for: decision)
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
            let standing = try Standing.of(model, change.database)
            if try change.isTaken(decision, .rollback, nil, of: model) { return standing }
            if let expected { try standing.check(champion: expected, epoch: nil, of: model) }
            guard let previous = standing.previous, standing.champion != nil else {
                throw RegistryError.invalid("\(model) has no previous champion to roll back to.")
            }
            try change.refuseUnpinned(previous, of: model)
            return try change.take(standing.steps(toChampion: previous), of: model, for: decision, .rollback)
        }
    }

    /// Names the version that may replace the champion, or none, if the candidate is still the one expected.
    package func nominate(
        _ version: Int64?, of model: String, expecting expected: Int64?, for decision: Decision = Decision(),
        by actor: Actor
    ) async throws -> Standing {
        try await change(by: actor) { change in
            let standing = try Standing.of(model, change.database)
            if try change.isTaken(decision, .nominate, version, of: model) { return standing }
            guard standing.candidate == expected else {
                throw RegistryError.conflict(
                    "The candidate of \(model) is \(described(standing.candidate)), not \(described(expected))."
                )
            }
            if let version { try change.refuseUnpinned(version, of: model) }
            return try change.take(
                [AliasStep(alias: Alias.candidate, to: version, from: expected)], of: model, for: decision,
                .nominate)
        }
    }
}

/// What moves aliases; so it stands in the history and in the audit log.
enum AliasAction: String {
    case promote = "model.promote"
    case rollback = "model.rollback"
    case nominate = "model.nominate"
    case override = "alias.move"
    case delete = "model.delete"

    /// The alias that it is about; the others follow.
    fileprivate var alias: String { self == .nominate ? Alias.candidate : Alias.champion }
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
    /// The moves of a model's aliases, newest first; of a name that no model has any more, those of its last one.
    package func aliasMoves(
        of model: String, alias: String? = nil, limit: Int
    ) async throws -> [AliasMove] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM alias_move WHERE life = ?1 AND (?2 IS NULL OR alias = ?2)
                    ORDER BY sequence DESC LIMIT ?3
                    """, arguments: [try database.life(ofModel: model), alias, limit]
            ).map(AliasMove.init)
        }
    }

    /// The move that decided what an alias named at a time; `nil` before its first.
    ///
    /// - Parameter time: milliseconds since 1970.
    package func aliasMove(of model: String, alias: String, at time: Int64) async throws -> AliasMove? {
        try await read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM alias_move WHERE life = ? AND alias = ? AND time <= ?
                    ORDER BY sequence DESC LIMIT 1
                    """, arguments: [try database.life(ofModel: model), alias, time]
            ).map(AliasMove.init)
        }
    }
}

extension Database {
    /// What tells a model from others that had its name before, and stays when it is renamed.
    fileprivate func life(ofModel name: String) throws -> Int64 {
        let life = try Int64.fetchOne(
            self,
            sql: """
                SELECT coalesce(
                    (SELECT life FROM registered_model WHERE name = ?1),
                    (SELECT life FROM alias_move WHERE model = ?1 ORDER BY sequence DESC LIMIT 1))
                """, arguments: [name])
        guard let life else { throw RegistryError.notFound("Registered Model with name=\(name) not found") }
        return life
    }
}

extension Standing {
    static func of(_ model: String, _ database: Database) throws -> Standing {
        try Standing(of: RegisteredModel.named(model, database), database)
    }

    init(of model: RegisteredModel, _ database: Database) throws {
        let epoch = try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT max(epoch) FROM alias_move WHERE life = ?"),
            arguments: [try database.life(ofModel: model.name)])
        self.init(
            champion: model.version(named: Alias.champion), candidate: model.version(named: Alias.candidate),
            previous: model.version(named: Alias.previous), epoch: epoch ?? 0)
    }

    fileprivate func check(champion expected: Int64?, epoch expectedEpoch: Int64?, of model: String) throws {
        guard champion == expected else {
            throw RegistryError.conflict(
                "The champion of \(model) is \(described(champion)), not \(described(expected)).")
        }
        if let expectedEpoch, expectedEpoch != epoch {
            throw RegistryError.conflict(
                "A decision was taken on \(model) meanwhile: its epoch is \(epoch), not \(expectedEpoch).")
        }
    }

    /// How the aliases move when another version becomes the champion, or none: the champion until now is the
    /// previous one, and no version has two parts.
    fileprivate func steps(toChampion version: Int64?) -> [AliasStep] {
        let newPrevious = champion ?? (previous == version ? nil : previous)
        let newCandidate = candidate == version ? nil : candidate
        return [
            AliasStep(alias: Alias.champion, to: version, from: champion),
            AliasStep(alias: Alias.previous, to: newPrevious, from: previous),
            AliasStep(alias: Alias.candidate, to: newCandidate, from: candidate),
        ].filter { $0.to != $0.from }
    }
}

extension Decision {
    fileprivate func check() throws {
        try Names.checkLength(id ?? "", of: "decision", atMost: 250)
        try Names.checkLength(evidence ?? "", of: "evidence", atMost: 250)
        try Names.checkLength(reason, of: "reason", atMost: 5000)
    }
}

/// In words.
func described(_ version: Int64?) -> String { version.map { "version \($0)" } ?? "no version" }

extension Change {
    /// Whether a decision was taken already.
    ///
    /// - Parameter version: what it is said to be about.
    /// - Throws: `RegistryError` of kind `conflict` when it was about another version.
    fileprivate func isTaken(
        _ decision: Decision, _ action: AliasAction, _ version: Int64?, of model: String
    ) throws -> Bool {
        try decision.check()
        guard let id = decision.id else { return false }
        let taken = try Row.fetchOne(
            database,
            sql: "SELECT * FROM alias_move WHERE life = ? AND decision = ? AND action = ? AND alias = ?",
            arguments: [try database.life(ofModel: model), id, action.rawValue, action.alias]
        ).map(AliasMove.init)
        guard let taken else { return false }
        guard action == .rollback || taken.version == version else {
            throw RegistryError.conflict(
                "The decision '\(id)' was taken already, about \(described(taken.version)).")
        }
        return true
    }

    @discardableResult func promote(
        _ version: Int64, of model: String, expecting expected: Int64?, epoch: Int64? = nil,
        for decision: Decision
    ) throws -> Standing {
        let standing = try Standing.of(model, database)
        if try isTaken(decision, .promote, version, of: model) { return standing }
        try standing.check(champion: expected, epoch: epoch, of: model)
        guard standing.champion != version else {
            throw RegistryError.invalid("Version \(version) of \(model) is its champion already.")
        }
        try refuseUnpinned(version, of: model)
        return try take(standing.steps(toChampion: version), of: model, for: decision, .promote)
    }

    /// Makes a former champion the champion again.
    func rollBack(_ model: String, to version: Int64, for decision: Decision) throws {
        let standing = try Standing.of(model, database)
        if try isTaken(decision, .rollback, version, of: model) || standing.champion == version { return }
        try take(standing.steps(toChampion: version), of: model, for: decision, .rollback)
    }

    /// Versions of which one may be the candidate no longer are it.
    func dismiss(_ versions: [Int64], of model: String, for decision: Decision) throws {
        let standing = try Standing.of(model, database)
        guard let candidate = standing.candidate, versions.contains(candidate) else { return }
        let step = AliasStep(alias: Alias.candidate, to: nil, from: candidate)
        try take([step], of: model, for: decision, .nominate)
    }

    func refuseUnpinned(_ version: Int64, of model: String) throws {
        guard try !pinLate(version, of: model) else { return }
        let source = try ModelVersion.of(model, version, database).source
        throw RegistryError.forbidden(
            "Version \(version) of \(model) has no files in the registry (its source is \(source)): what it would serve "
                + "cannot be pinned. Log the model to the registry first.")
    }

    /// Names a version that may serve: it is the first champion of its name, else the candidate. Where a champion was taken
    /// out of service, or the model is protected, nobody becomes champion by that.
    func appoint(_ version: Int64, of model: String, for decision: Decision) throws {
        let found = try RegisteredModel.named(model, database)
        let standing = try Standing(of: found, database)
        try refuseUnpinned(version, of: model)
        if try !found.isProtected && lastChampions(of: model).isEmpty {
            try take(standing.steps(toChampion: version), of: model, for: decision, .promote)
            return
        }
        let step = AliasStep(alias: Alias.candidate, to: version, from: standing.candidate)
        try take([step], of: model, for: decision, .nominate)
    }

    fileprivate func override(_ alias: String, to version: Int64?, of model: String) throws {
        let found = try RegisteredModel.named(model, database)
        let old = found.version(named: alias)
        guard old != version else { return try record(AliasAction.override.rawValue, model, alias) }
        if alias == Alias.champion || alias == Alias.previous { try refuseOverride(of: found, to: version) }
        let steps =
            alias == Alias.champion
            ? try Standing(of: found, database).steps(toChampion: version)
            : [AliasStep(alias: alias, to: version, from: old)]
        try take(
            steps, of: model, for: Decision(reason: "set by hand"), .override,
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
        _ steps: [AliasStep], of model: String, for decision: Decision, _ action: AliasAction,
        isOverride: Bool = false
    ) throws -> Standing {
        let epoch = try nextEpoch()
        for step in steps {
            try move(step, of: model)
            try append(step, of: model, for: decision, action, epoch: epoch, isOverride: isOverride)
        }
        try touch(model: model)
        let text = steps.map { "\($0.alias): \(described($0.from)) → \(described($0.to))" }
        try record(action.rawValue, model, text.joined(separator: ", "))
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

    /// Writes into the history that a model's aliases are gone, with the model.
    func dropAliases(of model: RegisteredModel) throws {
        let epoch = try nextEpoch()
        for target in model.aliases {
            try append(
                AliasStep(alias: target.alias, to: nil, from: target.version), of: model.name,
                for: Decision(reason: "model deleted"), .delete, epoch: epoch, isOverride: false)
        }
    }

    private func append(
        _ step: AliasStep, of model: String, for decision: Decision, _ action: AliasAction, epoch: Int64,
        isOverride: Bool
    ) throws {
        try execute(
            """
            INSERT INTO alias_move
                (life, model, epoch, alias, version, previous, time, actor, decision, action, reason, evidence,
                is_override)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                try database.life(ofModel: model), model, epoch, step.alias, step.to, step.from, time,
                actor.name, decision.id, action.rawValue, decision.reason, decision.evidence, isOverride,
            ])
    }

    /// The versions that were champion last, newest first.
    func lastChampions(of model: String) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT version FROM alias_move WHERE life = ? AND alias = ? AND version IS NOT NULL
                GROUP BY version ORDER BY max(sequence) DESC LIMIT ?
                """, arguments: [try database.life(ofModel: model), Alias.champion, Alias.championsKept])
    }
}
