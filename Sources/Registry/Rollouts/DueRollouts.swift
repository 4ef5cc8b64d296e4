import GRDB
import Rollouts

extension Registry {
    /// Candidates that have passed the gate and were in no rollout, of models that have a champion and no rollout under way.
    package func dueRollouts() async throws -> [RolloutProposal] {
        let policy = rolloutPolicy
        return try await read { database in
            let candidates = try Row.fetchAll(
                database,
                sql: """
                    SELECT candidate.model, candidate.version, request.id AS request
                    FROM alias AS candidate
                        JOIN alias AS champion ON champion.model = candidate.model AND champion.alias = 'champion'
                        LEFT JOIN retrain_request AS request
                            ON request.model = candidate.model AND request.version = candidate.version
                            AND request.state = 'candidate'
                    WHERE candidate.alias = 'candidate' AND champion.version <> candidate.version AND NOT EXISTS (
                        SELECT 1 FROM rollout WHERE model = candidate.model AND (ended IS NULL OR EXISTS (
                            SELECT 1 FROM json_each(state, '$.launch.candidates')
                            WHERE value ->> 'version' = candidate.version)))
                    """)
            return try candidates.compactMap { row in
                let version = try ModelVersion.of(row["model"], row["version"], database)
                guard version.gateVerdict == .pass else { return nil }
                return RolloutProposal(
                    model: version.model, candidates: [version.version], policy: policy,
                    reason: "it has passed the gate", request: row["request"])
            }
        }
    }
}
