package import Drift
import FoundationEssentials
import GRDB
package import Rollouts

/// What a rollout's shadow is cast on, and what scoring has come to.
package struct RolloutShadow: Equatable, Sendable {
    /// Rows that an agent has brought, its newest.
    package struct Gift: Equatable, Sendable {
        package var agent: String
        package var set: String
        package var state: TrainingSet.State
        /// Why they are unusable; else empty.
        package var reason: String
        /// Milliseconds since 1970.
        package var given: Int64
    }

    /// Earlier rows may have made or judged one of the versions.
    package var since: Timestamp
    /// By agents.
    package var gifts: [Gift]
    /// What was scored last.
    package var basis: String?
    /// When, in milliseconds since 1970.
    package var scored: Int64?
    package var result: ShadowResult?
}

/// What scoring has come to.
package struct ShadowResult: Codable, Equatable, Sendable {
    /// By candidates; `nil` of those that were not compared.
    package var reports: [ShadowReport?]
    /// Why it came to nothing, in a sentence.
    package var obstacle: String?
    /// Candidates that cannot be scored where the champion can, and why.
    package var unscorable: [Int: String]
    /// Rows that were left out, as another agent has brought them too.
    package var repeated: Int

    package init(
        reports: [ShadowReport?] = [], obstacle: String? = nil, unscorable: [Int: String] = [:],
        repeated: Int = 0
    ) {
        (self.reports, self.obstacle) = (reports, obstacle)
        (self.unscorable, self.repeated) = (unscorable, repeated)
    }
}

/// Rows that the registry asks an agent for.
package struct WantedRows: Equatable, Sendable {
    package var rollout: String
    /// Of event time: earlier ones are not wanted.
    package var since: Timestamp
}

extension Registry {
    /// Those whose candidates are to be scored in the shadow.
    package func rolloutsInShadow() async throws -> [RolloutRecord] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM rollout WHERE ended IS NULL AND phase = 'shadow' ORDER BY sequence"
            ).map(RolloutRecord.init).filter { $0.policy.shadow.isOn && $0.state.phase == .shadow }
        }
    }

    /// `nil` before it is known which rows are new to all versions.
    package func shadow(of record: RolloutRecord) async throws -> RolloutShadow? {
        try await read { try $0.shadow(of: record) }
    }

    /// Says from when on rows are new to all versions of a rollout: agents are asked for them.
    package func openShadow(ofRollout id: String, since: Timestamp, by actor: Actor) async throws {
        try await change(by: actor, movesRoutes: false) { change in
            try change.execute(
                "INSERT INTO rollout_shadow (rollout, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [id, since.nanoseconds])
            try change.record("rollout.shadow", id, "rows from \(since) on are new to its versions")
        }
    }

    /// Rows of a model that an agent is to bring now: it has brought none, or those a while ago.
    package func wantedRows(of model: String, from agent: String) async throws -> [WantedRows] {
        let now = now
        return try await read { database in
            let live = try RolloutRecord.live(of: model, database)
            guard let record = live, record.state.phase == .shadow, record.policy.shadow.isOn,
                let shadow = try database.shadow(of: record)
            else { return [] }
            let last = shadow.gifts.first { $0.agent == agent }?.given
            let isDue = last.map { now - $0 >= record.policy.shadow.interval * 1000 || $0 > now } ?? true
            return isDue ? [WantedRows(rollout: record.id, since: shadow.since)] : []
        }
    }

    /// Takes rows that an agent has brought for a rollout's shadow. They take the place of its earlier ones, which go where
    /// they were for this alone.
    ///
    /// - Parameter set: the id of a training set of the model, which may still be waiting to be read.
    /// - Throws: `RegistryError` of kind `conflict` when the rollout is not in the shadow.
    package func giveRows(
        _ set: String, toRollout id: String, from agent: String, by actor: Actor
    ) async throws -> RolloutRecord {
        try Names.checkLength(agent, of: "agent", atMost: 250)
        return try await change(by: actor, movesRoutes: false) { change in
            let record = try RolloutRecord.withID(id, change.database)
            guard record.ended == nil, record.state.phase == .shadow, record.policy.shadow.isOn else {
                throw RegistryError.conflict(
                    "Rollout \(id) wants no rows: it is \(record.state.name)\(record.policy.shadow.isOn ? "" : ", without a shadow")."
                )
            }
            try change.requireTrainingSet(set, of: record.model)
            let before = try change.database.rows(from: agent, forRollout: id)
            try change.execute(
                """
                INSERT INTO rollout_rows (rollout, agent, training_set, given) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET training_set = excluded.training_set, given = excluded.given
                """, [id, agent, set, change.time])
            if let before, before != set { try change.clear(before, of: record) }
            try change.record("rollout.rows", id, "dataset \(set) from \(agent)")
            return record
        }
    }

    /// Keeps what scoring has come to, unless the rollout has gone on meanwhile.
    ///
    /// - Parameter basis: what was scored, in a word.
    package func keep(
        _ result: ShadowResult, of basis: String, forRollout id: String, by actor: Actor
    ) async throws {
        let text = CanonicalJSON.encode(result)
        try await change(by: actor, movesRoutes: false) { change in
            guard try RolloutRecord.withID(id, change.database).state.phase == .shadow else { return }
            try change.execute(
                "UPDATE rollout_shadow SET basis = ?, scored = ?, result = ? WHERE rollout = ?",
                [basis, change.time, text, id])
            try change.record("rollout.scored", id, result.obstacle ?? basis)
        }
    }
}

extension Database {
    fileprivate func rows(from agent: String, forRollout id: String) throws -> String? {
        try String.fetchOne(
            self, sql: "SELECT training_set FROM rollout_rows WHERE rollout = ? AND agent = ?",
            arguments: [id, agent])
    }

    fileprivate func shadow(of record: RolloutRecord) throws -> RolloutShadow? {
        let row = try Row.fetchOne(
            cachedStatement(sql: "SELECT * FROM rollout_shadow WHERE rollout = ?"), arguments: [record.id])
        guard let row else { return nil }
        return RolloutShadow(
            since: Timestamp(nanoseconds: row["since"]), gifts: try gifts(for: record), basis: row["basis"],
            scored: row["scored"],
            result: try (row["result"] as String?).map {
                try CanonicalJSON.decode(ShadowResult.self, from: $0)
            })
    }

    private func gifts(for record: RolloutRecord) throws -> [RolloutShadow.Gift] {
        try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT agent, kept.id AS id, state, reason, given
                    FROM rollout_rows AS brought JOIN training_set AS kept ON kept.id = brought.training_set
                    WHERE rollout = ? AND model = ? ORDER BY agent
                    """), arguments: [record.id, record.model]
        ).compactMap { row in
            TrainingSet.State(rawValue: row["state"]).map {
                RolloutShadow.Gift(
                    agent: row["agent"], set: row["id"], state: $0, reason: row["reason"],
                    given: row["given"])
            }
        }
    }

    /// What the rules are told of a shadow, by candidates.
    func shadowEvidence(of record: RolloutRecord) throws -> [RolloutEvidence.Shadow?] {
        let candidates = record.state.launch.candidates.indices
        guard record.policy.shadow.isOn else { return [] }
        guard let shadow = try shadow(of: record), !shadow.gifts.isEmpty else {
            return candidates.map { _ in nil }
        }
        let obstacle = shadow.obstacle
        return candidates.map { candidate in
            let reports = shadow.result?.reports ?? []
            let report = reports.indices.contains(candidate) ? reports[candidate] : nil
            return RolloutEvidence.Shadow(differences: report?.differences ?? [], obstacle: obstacle)
        }
    }

    /// Candidates that could not be scored.
    func unscorable(in record: RolloutRecord) throws -> [Int] {
        guard record.policy.shadow.isOn else { return [] }
        return try shadow(of: record)?.result?.unscorable.keys.sorted() ?? []
    }
}

extension RolloutShadow {
    /// Why there is no more evidence, in a sentence.
    fileprivate var obstacle: String? {
        let unusable = gifts.first { $0.state == .unusable }.map {
            "dataset \($0.set.prefix(12)) of agent \($0.agent) is unusable: \($0.reason)"
        }
        return result?.obstacle ?? unusable
            ?? (result == nil ? "the rows that agents have brought are yet to be scored" : nil)
    }
}

extension Change {
    /// Deletes a training set that was uploaded for a rollout's shadow and that nothing else refers to.
    fileprivate func clear(_ set: String, of record: RolloutRecord) throws {
        let found = try TrainingSet.find(set, of: record.model, database)
        guard let found, found.isForShadow(of: record.id) else { return }
        do { try database.refuseUsed(set, of: record.model) } catch let error as RegistryError
            where error.kind == .conflict
        { return }
        try execute("DELETE FROM training_set WHERE model = ? AND id = ?", [record.model, set])
    }
}

extension TrainingSet {
    /// What an agent says that brings rows for a shadow.
    package static let shadowSource = "rollout"

    /// Whether it has the rows after a moment alone, which nobody has asked to train on.
    package var isForShadow: Bool { offer.source[TrainingSet.shadowSource] != nil }

    fileprivate func isForShadow(of rollout: String) -> Bool {
        offer.source[TrainingSet.shadowSource] == rollout
    }
}
