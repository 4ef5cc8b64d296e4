import GRDB
package import Rollouts

/// A rollout, and where it stands.
package struct RolloutRecord: Sendable {
    /// What the model is called now.
    package var model: String
    package var policy: RolloutPolicy
    package var state: RolloutState
    package var reason: String
    /// The retrain request that made the candidate.
    package var request: String?
    /// Milliseconds since 1970.
    package var created: Int64
    package var createdBy: String
    /// When an agent reported last.
    package var heard: Int64?
    package var ended: Int64?

    package var id: String { state.launch.id }
}

extension RolloutRecord {
    static func withID(_ id: String, _ database: Database) throws -> RolloutRecord {
        let found = try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM rollout WHERE id = ?"), arguments: [id])
        guard let found else {
            throw RegistryError.notFound("There is no rollout '\(id)'; `leeway rollout list` has them.")
        }
        return try RolloutRecord(found)
    }

    static func live(of model: String, _ database: Database) throws -> RolloutRecord? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM rollout WHERE model = ? AND ended IS NULL"),
            arguments: [model]
        ).map(RolloutRecord.init)
    }

    init(_ row: Row) throws {
        self.init(
            model: row["model"],
            policy: try CanonicalJSON.decode(RolloutPolicy.self, from: row["policy"] as String),
            state: try CanonicalJSON.decode(RolloutState.self, from: row["state"] as String),
            reason: row["reason"],
            request: row["request"], created: row["created"], createdBy: row["created_by"],
            heard: row["heard"], ended: row["ended"])
    }
}
