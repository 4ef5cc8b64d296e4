import Drift
import GRDB
package import Retraining

extension Registry {
    /// Takes in a proposal, and decides about it by the rules. Proposed again it is the same request, to which evidence
    /// is added.
    package func propose(_ request: RetrainRequest, by actor: Actor) async throws -> RetrainRecord {
        try Names.checkModelName(request.model, parameter: "model")
        do {
            try request.check()
        } catch {
            throw RegistryError.invalid("\(error).")
        }
        return try await change(by: actor) { [retrainRules] change in
            try change.takeIn(request)
            try change.settleRetraining(of: request.model, retrainRules)
            return try RetrainRecord.withID(request.id, change.database)
        }
    }

    package func retrainRequest(_ id: String) async throws -> RetrainRecord {
        try await read { try RetrainRecord.withID(id, $0) }
    }

    /// Newest first.
    ///
    /// - Parameters:
    ///   - model: `nil` for all.
    ///   - state: `nil` for any.
    package func retrainRequests(
        of model: String? = nil, in state: RetrainRecord.State? = nil, limit: Int
    ) async throws -> [RetrainRecord] {
        let states = state.map { [$0] } ?? RetrainRecord.State.allCases
        return try await read { try RetrainRecord.all(of: model, in: states, limit: limit, $0) }
    }

    /// How many requests there are in each state.
    package func retrainCounts() async throws -> [RetrainRecord.State: Int64] {
        try await read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT state, count(*) AS n FROM retrain_request GROUP BY state")
            let counts = rows.compactMap { row in
                RetrainRecord.State(rawValue: row["state"]).map { ($0, row["n"] as Int64) }
            }
            return Dictionary(uniqueKeysWithValues: counts)
        }
    }

    /// Models with trainings that came to nothing since the last that did not, and how many those are.
    package func retrainSetbacks() async throws -> [(model: String, count: Int64)] {
        try await read { database in
            try Row.fetchAll(database, sql: "SELECT model, count FROM retrain_setback ORDER BY model")
                .map { ($0["model"], $0["count"]) }
        }
    }

    /// Takes a request back; a worker that has it learns so when it renews its lease. To cancel one twice is fine.
    package func cancelRetrainRequest(
        _ id: String, reason: String = "", by actor: Actor
    ) async throws -> RetrainRecord {
        try Names.checkLength(reason, of: "reason", atMost: 1000)
        return try await change(by: actor) { [retrainRules] change in
            let record = try RetrainRecord.withID(id, change.database)
            guard record.state.isOpen || record.state == .cancelled else {
                throw RegistryError.conflict(
                    "Retrain request \(id) has ended already: \(record.state.rawValue).")
            }
            let why = "cancelled by \(change.actor.name)" + (reason.isEmpty ? "" : ": \(reason)")
            try change.move(record, to: .cancelled, why)
            try change.settleRetraining(of: record.model, retrainRules)
            return try RetrainRecord.withID(id, change.database)
        }
    }

    /// Lets a model be trained again after setbacks.
    ///
    /// - Returns: how many setbacks in a row there were.
    package func closeRetrainBreaker(
        of model: String, reason: String = "", by actor: Actor
    ) async throws -> Int {
        try Names.checkModelName(model, parameter: "model")
        try Names.checkLength(reason, of: "reason", atMost: 1000)
        return try await change(by: actor) { [retrainRules] change in
            let setbacks = try change.database.retrainSetbacks(of: model)
            try change.execute("DELETE FROM retrain_setback WHERE model = ?", [model])
            try change.record("retrain.close-breaker", model, "\(setbacks) setbacks; \(reason)")
            try change.settleRetraining(of: model, retrainRules)
            return setbacks
        }
    }

    /// Decides again about all that waits: time has passed.
    package func settleRetrainRequests(by actor: Actor) async throws {
        let models = try await read { database in
            try String.fetchAll(
                database,
                sql: "SELECT DISTINCT model FROM retrain_request WHERE state IN ('waiting', 'running')")
        }
        guard !models.isEmpty else { return }
        try await change(by: actor) { [retrainRules] change in
            for model in models { try change.settleRetraining(of: model, retrainRules) }
        }
    }
}

// MARK: - Taking in

extension Change {
    fileprivate func takeIn(_ request: RetrainRequest) throws {
        guard let known = try RetrainRecord.find(request.id, database) else {
            try requireTrainingSet(of: request)
            return try add(request)
        }
        try unite(request.evidence, into: known.request)
        if let covering = known.coveredBy {
            try unite(request.evidence, into: RetrainRecord.withID(covering, database).request)
        }
        try execute("UPDATE retrain_request SET proposals = proposals + 1 WHERE id = ?", [request.id])
        try record("retrain.propose", request.id, "\(known.model), again")
    }

    private func add(_ request: RetrainRequest) throws {
        var request = request
        request.evidence = RetrainEvidence.united(request.evidence, [])
        let end = request.cause.trigger.isExplicit ? nil : request.window?.end
        try execute(
            """
            INSERT INTO retrain_request (id, model, body, state, reason, proposed, proposed_by, window_end,
                training_set)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                request.id, request.model, try request.encoded(), RetrainRecord.State.waiting.rawValue, "",
                time, actor.name, end?.milliseconds, request.trainingSet,
            ])
        try record("retrain.propose", request.id, "\(request.model), \(request.cause.trigger.rawValue)")
    }

    func unite(_ evidence: [RetrainEvidence], into known: RetrainRequest) throws {
        let united = RetrainEvidence.united(known.evidence, evidence)
        guard united != known.evidence else { return }
        var request = known
        request.evidence = united
        try execute(
            "UPDATE retrain_request SET body = ? WHERE id = ?", [try request.encoded(), request.id])
    }
}

// MARK: - Deciding

extension Change {
    /// Lets the rules decide about a model's waiting requests: those that somebody asked for first, then the newest.
    func settleRetraining(of model: String, _ rules: RetrainRules) throws {
        try returnExpiredLeases(of: model)
        let waiting = try RetrainRecord.all(of: model, in: [.waiting], limit: .max, database)
        let explicit = waiting.filter { $0.request.cause.trigger.isExplicit }
        let others = waiting.filter { !$0.request.cause.trigger.isExplicit }
        for record in explicit + others {
            let decision = rules.decide(
                record.request, proposed: Timestamp(milliseconds: record.proposed),
                try database.retrainHistory(of: model, at: time), now: Timestamp(milliseconds: time))
            try apply(decision, to: record)
        }
    }

    private func apply(_ decision: RetrainDecision, to record: RetrainRecord) throws {
        switch decision {
        case .accept(let reason):
            try move(record, to: .accepted, reason)
        case .wait(let reason, let until):
            guard reason != record.reason else { return }
            try move(record, to: .waiting, reason, until: until)
        case .cover(let reason, let id):
            try unite(record.request.evidence, into: RetrainRecord.withID(id, database).request)
            try move(record, to: .covered, reason, by: id)
        case .refuse(let reason):
            try move(record, to: .refused, reason)
        }
    }

    /// Notes a request's new state, when and why.
    func move(
        _ record: RetrainRecord, to state: RetrainRecord.State, _ reason: String, until: Timestamp? = nil,
        by covering: String? = nil
    ) throws {
        try execute(
            """
            UPDATE retrain_request SET state = ?1, reason = ?2, waits_until = ?3, covered_by = ?4,
                accepted = CASE WHEN ?1 = 'accepted' THEN coalesce(accepted, ?5) ELSE accepted END,
                finished = CASE WHEN ?6 THEN NULL ELSE coalesce(finished, ?5) END
            WHERE id = ?7
            """,
            [
                state.rawValue, reason, until.map(\.milliseconds), covering, time, state.isOpen, record.id,
            ])
        try self.record("retrain.\(state.rawValue)", record.id, reason)
        if state == .cancelled || state == .failed { try uncover(record.id) }
    }

    /// What a training that came to nothing had covered waits again.
    private func uncover(_ id: String) throws {
        try execute(
            """
            UPDATE retrain_request SET state = 'waiting', reason = '', covered_by = NULL, finished = NULL
            WHERE covered_by = ? AND state = 'covered'
            """, [id])
    }
}

// MARK: - What the rules look at

extension Database {
    func retrainSetbacks(of model: String) throws -> Int {
        try Int.fetchOne(self, sql: "SELECT count FROM retrain_setback WHERE model = ?", arguments: [model])
            ?? 0
    }

    /// - Parameter time: milliseconds since 1970.
    fileprivate func retrainHistory(of model: String, at time: Int64) throws -> RetrainHistory {
        let open = try RetrainRecord.all(of: model, in: [.waiting, .accepted, .running], limit: .max, self)
        return RetrainHistory(
            inFlight: open.first { $0.state.isInFlight }?.id, coverage: try coverage(of: model),
            begun: try trainings(of: model, since: Timestamp(milliseconds: time).month.start),
            setbacks: try retrainSetbacks(of: model), lastEnd: try lastTrainingEnd(of: model),
            champion: try champion(of: model), evidence: open.flatMap(\.request.evidence))
    }

    private func coverage(of model: String) throws -> RetrainHistory.Coverage? {
        try Row.fetchOne(
            self,
            sql: """
                SELECT id, window_end FROM retrain_request WHERE model = ? AND window_end IS NOT NULL
                    AND state IN ('accepted', 'running', 'candidate', 'rejected')
                ORDER BY window_end DESC, sequence LIMIT 1
                """, arguments: [model]
        ).map { RetrainHistory.Coverage(id: $0["id"], end: Timestamp(milliseconds: $0["window_end"])) }
    }

    /// One that was cancelled before a worker took it has cost nothing.
    private func trainings(of model: String, since start: Timestamp) throws -> [Timestamp] {
        try Int64.fetchAll(
            self,
            sql: """
                SELECT accepted FROM retrain_request WHERE model = ? AND accepted >= ?
                    AND (state <> 'cancelled' OR attempts > 0)
                """, arguments: [model, start.milliseconds]
        ).map(Timestamp.init(milliseconds:))
    }

    private func lastTrainingEnd(of model: String) throws -> Timestamp? {
        try Int64.fetchOne(
            self,
            sql: """
                SELECT max(time) FROM (
                    SELECT max(finished) AS time FROM retrain_request
                        WHERE model = ?1 AND state IN ('candidate', 'rejected', 'failed')
                    UNION ALL SELECT max(m.time) FROM alias_move m JOIN registered_model r ON m.life = r.life
                        WHERE r.name = ?1 AND m.alias = ?2
                    UNION ALL SELECT max(ended) FROM rollout WHERE model = ?1)
                """, arguments: [model, Alias.champion]
        ).map(Timestamp.init(milliseconds:))
    }

    private func champion(of model: String) throws -> Int64? {
        try Int64.fetchOne(
            self, sql: "SELECT version FROM alias WHERE model = ? AND alias = ?",
            arguments: [model, Alias.champion])
    }
}

extension Timestamp {
    /// Since 1970, rounded down.
    var milliseconds: Int64 { nanoseconds.flooredDivision(by: 1_000_000).quotient }
}

// MARK: - When a model changes

extension Change {
    /// Requests and jobs follow the model's name; those that the name had before are of another model.
    func renameRetraining(of model: String, to newName: String) throws {
        guard !newName.isIdentical(to: model) else { return }
        try cancelRetraining(of: newName, "another model took the name")
        try execute("DELETE FROM retrain_setback WHERE model = ?", [newName])
        for table in ["retrain_request", "retrain_setback", "job"] {
            try execute("UPDATE \(table) SET model = ? WHERE model = ?", [newName, model])
        }
    }

    func dropRetraining(of model: String) throws {
        try cancelRetraining(of: model, "the model was deleted")
        try execute("DELETE FROM retrain_setback WHERE model = ?", [model])
    }

    private func cancelRetraining(of model: String, _ reason: String) throws {
        // A covered one would wait again once what covers it is cancelled.
        let open = RetrainRecord.State.allCases.filter { $0.isOpen || $0 == .covered }
        for record in try RetrainRecord.all(of: model, in: open, limit: .max, database) {
            try move(record, to: .cancelled, reason)
        }
    }
}
