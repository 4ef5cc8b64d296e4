import Drift
import GRDB
package import Rollouts

/// What a rollout is to be told at a tick.
package struct RolloutBriefing: Sendable {
    package var record: RolloutRecord
    package var world: RolloutWorld
    /// Who is.
    package var champion: Int64?
    /// What a person said first of what was not heard yet, and its number.
    package var command: (number: Int64, value: RolloutCommand)?
    /// The last line of the decision log.
    package var lastLine: String?
}

extension Registry {
    /// The ids of those under way, the oldest first.
    package func liveRollouts() async throws -> [String] {
        try await read { database in
            try String.fetchAll(
                database, sql: "SELECT id FROM rollout WHERE ended IS NULL ORDER BY sequence")
        }
    }

    /// All that a tick needs but the evidence.
    ///
    /// - Parameter isKilled: whether nobody is to be served by a candidate.
    package func briefing(ofRollout id: String, isKilled: Bool) async throws -> RolloutBriefing {
        try await read { try $0.briefing(RolloutRecord.withID(id, $0), isKilled) }
    }

    /// What the next tick would find; `nil` of one that has ended.
    package func progress(of record: RolloutRecord) async throws -> RolloutProgress? {
        guard record.ended == nil else { return nil }
        let briefing = try await briefing(ofRollout: record.id, isKilled: false)
        let observation = RolloutObservation(
            time: Timestamp(milliseconds: now), evidence: try await evidence(of: briefing.record),
            world: briefing.world)
        return briefing.record.state.progress(briefing.record.policy, observation)
    }

    /// The success metric's differences after each cluster of time.
    package func sequence(of record: RolloutRecord) async throws -> ConfidenceSequence {
        let clusters = try await evidence(of: record).clusters
        let end = Timestamp(milliseconds: record.ended ?? now)
        return record.state.sequence(record.policy, clusters, until: end)
    }

    /// The decision log, a line each.
    ///
    /// - Parameter first: lines to leave out.
    package func rolloutDecisions(of id: String, after first: Int64 = 0) async throws -> [String] {
        try await read { database in
            _ = try RolloutRecord.withID(id, database)
            return try String.fetchAll(
                database,
                sql: "SELECT line FROM rollout_decision WHERE rollout = ? AND sequence > ? ORDER BY sequence",
                arguments: [id, first])
        }
    }

    /// Keeps what a tick came to, all of it or nothing: the state, the line in the log, and who serves from now on.
    ///
    /// - Parameter line: for the log; `nil` where there is no news.
    /// - Throws: `RegistryError` of kind `conflict` when the champion was moved, or another tick was kept, meanwhile.
    package func keep(
        _ outcome: RolloutOutcome, line: String?, of briefing: RolloutBriefing, by actor: Actor
    ) async throws {
        guard line != nil || !outcome.state.isLater(than: briefing.record.state) else { return }
        try await change(by: actor, movesRoutes: line != nil) { change in
            try change.refuseStale(briefing)
            try change.write(outcome.state)
            if let command = briefing.command {
                try change.execute(
                    "UPDATE rollout_command SET taken = 1 WHERE sequence = ?", [command.number])
            }
            guard let line else { return }
            try change.append(line, of: briefing)
            try change.carryOut(outcome, of: briefing.record)
        }
        if outcome.state.isOver { evidenceBoard.forget(briefing.record.id) }
    }
}

extension Database {
    fileprivate func briefing(_ record: RolloutRecord, _ isKilled: Bool) throws -> RolloutBriefing {
        let launch = record.state.launch
        let versions = try launch.candidates.map { try version($0.version, of: record.model) }
        let champion = try Standing.of(record.model, self).champion
        let gone = versions.indices.filter { versions[$0] == nil }
        let world = RolloutWorld(
            isKilled: isKilled, unscorable: Set(gone).union(try unscorable(in: record)).sorted(),
            gate: versions.map { $0?.gateVerdict },
            movedBy: champion == record.state.champion ? nil : try mover(of: record.model))
        return RolloutBriefing(
            record: record, world: world, champion: champion, command: try command(toRollout: record.id),
            lastLine: try lastLine(ofRollout: record.id))
    }

    private func version(_ number: Int64, of model: String) throws -> ModelVersion? {
        do {
            return try ModelVersion.of(model, number, self)
        } catch let error as RegistryError where error.kind == .notFound {
            return nil
        }
    }

    private func mover(of model: String) throws -> String {
        try String.fetchOne(
            self,
            sql: """
                SELECT actor FROM alias_move JOIN registered_model AS model USING (life)
                WHERE model.name = ? AND alias = ? ORDER BY sequence DESC LIMIT 1
                """,
            arguments: [model, Alias.champion]) ?? "someone"
    }

    private func command(toRollout id: String) throws -> (Int64, RolloutCommand)? {
        let row = try Row.fetchOne(
            cachedStatement(
                sql: """
                    SELECT * FROM rollout_command WHERE rollout = ? AND taken = 0
                    ORDER BY command = 'abort' DESC, sequence LIMIT 1
                    """),
            arguments: [id])
        guard let row, let kind = RolloutCommand.Kind(rawValue: row["command"]) else { return nil }
        return (row["sequence"], RolloutCommand(kind, actor: row["actor"], reason: row["reason"]))
    }

    fileprivate func lastLine(ofRollout id: String) throws -> String? {
        try String.fetchOne(
            cachedStatement(
                sql: "SELECT line FROM rollout_decision WHERE rollout = ? ORDER BY sequence DESC LIMIT 1"),
            arguments: [id])
    }
}

extension ModelVersion {
    /// What the gate said of it when it was made.
    var gateVerdict: GateReport.Verdict? {
        tags.first { $0.key == ModelVersion.gateTag }.flatMap { GateReport.Verdict(rawValue: $0.value) }
    }

    package static let gateTag = "leeway.gate"
}

extension RolloutState {
    /// Who is to be the champion while it goes on.
    var champion: Int64 {
        if case .promoted(let candidate) = phase {
            launch.candidates[candidate].version
        } else {
            launch.control.version
        }
    }
}

extension Change {
    fileprivate func refuseStale(_ briefing: RolloutBriefing) throws {
        let id = briefing.record.id
        let now = try RolloutRecord.withID(id, database)
        guard now.ended == nil, now.model == briefing.record.model,
            try database.lastLine(ofRollout: id) == briefing.lastLine,
            try Standing.of(now.model, database).champion == briefing.champion
        else { throw RegistryError.conflict("Rollout \(id) was decided about meanwhile.") }
    }

    fileprivate func write(_ state: RolloutState) throws {
        try execute(
            "UPDATE rollout SET state = ?, phase = ?, ended = ? WHERE id = ?",
            [CanonicalJSON.encode(state), state.name, state.isOver ? time : nil, state.launch.id])
    }

    fileprivate func append(_ line: String, of briefing: RolloutBriefing) throws {
        try execute(
            """
            INSERT INTO rollout_decision (rollout, sequence, line)
            SELECT ?1, 1 + count(*), ?2 FROM rollout_decision WHERE rollout = ?1
            """, [briefing.record.id, line])
    }

    /// Moves the aliases as was decided.
    fileprivate func carryOut(_ outcome: RolloutOutcome, of record: RolloutRecord) throws {
        let (id, launch) = (record.id, record.state.launch)
        let decision = Decision(id: "rollout \(id) \(outcome.state.name)", reason: outcome.sentence)
        try self.record("rollout.turn", id, outcome.sentence)
        switch outcome.action {
        case .promote(let candidate):
            try promote(
                launch.candidates[candidate].version, of: record.model, expecting: launch.control.version,
                for: decision)
        case .rollBack:
            if case .promoted = record.state.phase {
                try rollBack(record.model, to: launch.control.version, for: decision)
            }
        case .none, .freeze, .hold, .advance, .drop, .close: break
        }
        if outcome.state.isOver {
            try dismiss(launch.candidates.map(\.version), of: record.model, for: decision)
        }
    }
}

extension RolloutOutcome {
    /// What happened, for the record.
    fileprivate var sentence: String {
        let verdicts = verdicts.map(\.rawValue).joined(separator: ", ")
        return "\(state.name) by rule \(rule.rawValue); the candidate is \(verdicts)"
    }
}
