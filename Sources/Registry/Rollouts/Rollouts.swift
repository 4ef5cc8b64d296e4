import Drift
import GRDB
package import Rollouts

/// What is to be compared.
package struct RolloutProposal: Sendable {
    package var model: String
    /// None for the version that is named `candidate`.
    package var candidates: [Int64]
    package var policy: RolloutPolicy
    package var reason: String
    /// The retrain request that made the candidate.
    package var request: String?

    package init(
        model: String, candidates: [Int64] = [], policy: RolloutPolicy, reason: String = "",
        request: String? = nil
    ) {
        (self.model, self.candidates, self.policy) = (model, candidates, policy)
        (self.reason, self.request) = (reason, request)
    }
}

extension Registry {
    /// Begins to hold candidates against the champion. A model has one rollout at a time.
    ///
    /// - Throws: `RegistryError` of kind `invalid` when there is nothing to compare, `conflict` while a rollout is under way.
    package func start(_ proposal: RolloutProposal, by actor: Actor) async throws -> RolloutRecord {
        try Names.checkModelName(proposal.model, parameter: "model")
        try Names.checkLength(proposal.reason, of: "reason", atMost: 1000)
        return try await change(by: actor) { change in
            let launch = try change.launch(proposal)
            try change.insert(RolloutState(launch, proposal.policy), proposal)
            try change.record("rollout.start", launch.id, launch.summary)
            return try RolloutRecord.withID(launch.id, change.database)
        }
    }

    package func rollout(_ id: String) async throws -> RolloutRecord {
        try await read { try RolloutRecord.withID(id, $0) }
    }

    /// Newest first.
    ///
    /// - Parameters:
    ///   - model: `nil` for all.
    ///   - live: whether those alone that go on, or have ended; `nil` for both.
    package func rollouts(
        of model: String? = nil, live: Bool? = nil, limit: Int
    ) async throws -> [RolloutRecord] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM rollout
                    WHERE (?1 IS NULL OR model = ?1) AND (?2 IS NULL OR (ended IS NULL) = ?2)
                    ORDER BY sequence DESC LIMIT ?3
                    """, arguments: [model, live, limit]
            ).map(RolloutRecord.init)
        }
    }

    /// Says something to a rollout, which goes by it at its next tick.
    package func tell(
        _ command: RolloutCommand.Kind, toRollout id: String, reason: String, by actor: Actor
    ) async throws -> RolloutRecord {
        try await change(by: actor) { change in
            let record = try RolloutRecord.withID(id, change.database)
            guard record.ended == nil else {
                throw RegistryError.conflict("Rollout \(id) has ended already: \(record.state.name).")
            }
            guard try change.waits(forRollout: id) || record.state.accepts(command) else {
                throw RegistryError.conflict(
                    "Rollout \(id) is in its phase \(record.state.name): there is nothing to \(command.rawValue)."
                )
            }
            try change.execute(
                "INSERT INTO rollout_command (rollout, command, actor, reason, time) VALUES (?, ?, ?, ?, ?)",
                [id, command.rawValue, change.actor.name, reason, change.time])
            try change.record("rollout.\(command.rawValue)", id, reason)
            return record
        }
    }
}

extension Change {
    fileprivate func launch(_ proposal: RolloutProposal) throws -> RolloutLaunch {
        let standing = try Standing.of(proposal.model, database)
        guard let champion = standing.champion else {
            throw RegistryError.invalid(
                "\(proposal.model) has no champion to be compared with; `leeway models promote` names one.")
        }
        if let live = try RolloutRecord.live(of: proposal.model, database) {
            throw RegistryError.conflict(
                "Rollout \(live.id) of \(proposal.model) is under way: \(live.state.name). End it with "
                    + "`leeway rollout abort`, or wait.")
        }
        let candidates =
            proposal.candidates.isEmpty ? [standing.candidate].compactMap(\.self) : proposal.candidates
        guard !candidates.isEmpty else {
            throw RegistryError.invalid("\(proposal.model) has no candidate; say which version is to be one.")
        }
        guard Set(candidates).count == candidates.count, !candidates.contains(champion) else {
            throw RegistryError.invalid(
                "Candidates \(candidates) against version \(champion): each version has one part.")
        }
        do { try proposal.policy.validate(candidates: candidates.count) } catch {
            throw RegistryError.invalid("\(error).")
        }
        let id = Identifier.random()
        return RolloutLaunch(
            id: id, model: proposal.model, seed: "rollout-\(id)",
            control: try pinned(champion, of: proposal.model),
            candidates: try candidates.map { try pinned($0, of: proposal.model) },
            rank: try rank(of: proposal), time: Timestamp(milliseconds: time), alert: try alert(of: proposal))
    }

    private func pinned(_ version: Int64, of model: String) throws -> RolloutLaunch.Version {
        try refuseUnpinned(version, of: model)
        let found = try ModelVersion.of(model, version, database)
        return RolloutLaunch.Version(version, digest: found.digest ?? "")
    }

    /// Its place among the rollouts that share its error budget.
    private func rank(of proposal: RolloutProposal) throws -> Int {
        let since = time - proposal.policy.errorBudget.period * 1000
        let before = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM rollout WHERE model = ? AND created > ?",
            arguments: [proposal.model, since])
        return 1 + (before ?? 0)
    }

    /// The alert that led to it.
    private func alert(of proposal: RolloutProposal) throws -> String? {
        guard let id = proposal.request else { return nil }
        let record = try RetrainRecord.withID(id, database)
        guard record.model == proposal.model else {
            throw RegistryError.invalid(
                "Retrain request \(id) is about \(record.model), not \(proposal.model).")
        }
        return record.request.evidence.first?.fingerprint
    }

    /// Whether something was said to a rollout that it has not heard.
    fileprivate func waits(forRollout id: String) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM rollout_command WHERE rollout = ? AND taken = 0)",
            arguments: [id]) ?? false
    }

    /// A name may have been another model's, whose rollouts have ended with it.
    func renameRollouts(of model: String, to newName: String) throws {
        try execute("UPDATE rollout SET model = ? WHERE model = ?", [newName, model])
        try execute("UPDATE OR IGNORE holdout_use SET model = ? WHERE model = ?", [newName, model])
    }

    func dropRollouts(of model: String) throws {
        try execute("UPDATE rollout SET ended = ? WHERE model = ? AND ended IS NULL", [time, model])
        try execute("DELETE FROM holdout_use WHERE model = ?", [model])
    }

    fileprivate func insert(_ state: RolloutState, _ proposal: RolloutProposal) throws {
        try execute(
            """
            INSERT INTO rollout (id, model, policy, state, phase, reason, request, created, created_by)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                state.launch.id, proposal.model, CanonicalJSON.encode(proposal.policy),
                CanonicalJSON.encode(state),
                state.name, proposal.reason, proposal.request, time, actor.name,
            ])
    }
}

extension RolloutLaunch {
    fileprivate var summary: String {
        "\(model): \(candidates.map { "version \($0.version)" }.joined(separator: ", ")) against version \(control.version)"
    }
}
