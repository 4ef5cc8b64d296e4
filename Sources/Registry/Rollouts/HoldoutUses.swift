package import Drift
import GRDB
package import Rollouts

/// Rows that have judged candidates of a model.
package struct HoldoutUse: Equatable, Sendable {
    package var model: String
    /// Who judged by them: the request to train, or the rollout in whose shadow. One judge counts once.
    package var judge: String
    /// The SHA-256 of the rows.
    package var digest: String
    package var first: Timestamp
    package var last: Timestamp
    package var candidates: Int

    package init(
        model: String, judge: String, digest: String, first: Timestamp, last: Timestamp, candidates: Int = 1
    ) {
        (self.model, self.judge, self.digest) = (model, judge, digest)
        (self.first, self.last, self.candidates) = (first, last, candidates)
    }
}

extension Registry {
    /// How often these rows have judged candidates of the model before.
    package func reuse(of use: HoldoutUse) async throws -> GateReport.HoldoutReuse {
        try await read { try $0.reuse(of: use) }
    }

    /// Counts a judgement. The same judge again counts once, by the rows that it had last.
    package func note(_ use: HoldoutUse, by actor: Actor) async throws {
        try await change(by: actor, movesRoutes: false) { change in
            try change.execute(
                """
                INSERT INTO holdout_use (model, judge, digest, first, last, candidates) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (model, judge) DO UPDATE SET
                    digest = excluded.digest, first = excluded.first, last = excluded.last,
                    candidates = excluded.candidates
                """,
                [
                    use.model, use.judge, use.digest, use.first.nanoseconds, use.last.nanoseconds,
                    use.candidates,
                ])
            try change.record("holdout.use", use.judge, "\(use.model): \(use.digest)")
        }
    }

    /// What a judge judged by, and how often that had been done before; `nil` where it has not judged.
    package func holdoutReuse(
        byJudge judge: String, of model: String
    ) async throws -> GateReport.HoldoutReuse? {
        try await read { database in
            try database.use(byJudge: judge, of: model).map { try database.reuse(of: $0) }
        }
    }

    /// Of the gates that have judged a rollout's candidates, by candidates; `nil` where none has been counted.
    package func holdoutReuse(
        ofCandidatesIn record: RolloutRecord
    ) async throws -> [GateReport.HoldoutReuse?] {
        try await read { database in
            try record.state.launch.candidates.map { candidate in
                let request = try String.fetchOne(
                    database,
                    sql: "SELECT id FROM retrain_request WHERE model = ? AND version = ?",
                    arguments: [record.model, candidate.version])
                return try request.flatMap { try database.use(byJudge: $0, of: record.model) }
                    .map { try database.reuse(of: $0) }
            }
        }
    }
}

extension Database {
    fileprivate func use(byJudge judge: String, of model: String) throws -> HoldoutUse? {
        try Row.fetchOne(
            self, sql: "SELECT * FROM holdout_use WHERE model = ? AND judge = ?", arguments: [model, judge]
        ).map { row in
            HoldoutUse(
                model: model, judge: judge, digest: row["digest"],
                first: Timestamp(nanoseconds: row["first"]), last: Timestamp(nanoseconds: row["last"]),
                candidates: row["candidates"])
        }
    }

    /// Counted are judges that came before, all of them where this one has not judged yet.
    fileprivate func reuse(of use: HoldoutUse) throws -> GateReport.HoldoutReuse {
        let row = try Row.fetchOne(
            self,
            sql: """
                SELECT total(iif(digest = ?3, candidates, 0)) AS before,
                    total(iif(digest != ?3 AND first <= ?5 AND last >= ?4, candidates, 0)) AS overlapping
                FROM holdout_use
                WHERE model = ?1 AND judge != ?2 AND sequence < coalesce(
                    (SELECT sequence FROM holdout_use WHERE model = ?1 AND judge = ?2), 9223372036854775807)
                """,
            arguments: [use.model, use.judge, use.digest, use.first.nanoseconds, use.last.nanoseconds])
        return GateReport.HoldoutReuse(
            before: Int(row?["before"] ?? 0.0), overlapping: Int(row?["overlapping"] ?? 0.0))
    }
}
