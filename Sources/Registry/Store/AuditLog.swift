import GRDB

/// A change that was made: who made it, when, and of what.
package struct AuditEntry: Codable, Sendable, Equatable {
    package var sequence: Int64
    /// Milliseconds since 1970.
    package var time: Int64
    package var actor: String
    package var client: String
    /// What was done, as `run.create` or `alias.move`.
    package var action: String
    /// What it was done to: an id, a name, `name/version`.
    package var subject: String
    package var detail: String
}

extension Change {
    /// Says in the audit log what this change does. Every change says so at least once.
    func record(_ action: String, _ subject: String, _ detail: String = "") throws {
        try execute(
            "INSERT INTO audit (time, actor, client, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)",
            [time, actor.name, actor.client, action, subject, detail])
    }
}

extension Registry {
    /// Entries newest first, those before `sequence` where one is given.
    package func audit(
        of subject: String? = nil, before sequence: Int64? = nil, limit: Int
    ) async throws -> [AuditEntry] {
        var conditions = [SQL(sql: "sequence < ?", arguments: [sequence ?? .max])]
        if let subject { conditions.append(SQL(sql: "subject = ?", arguments: [subject])) }
        let query: SQL =
            "SELECT * FROM audit WHERE \(conditions.joined(separator: " AND ")) ORDER BY sequence DESC LIMIT \(limit)"
        return try await read { database in
            try SQLRequest<Row>(literal: query).fetchAll(database).map(AuditEntry.init)
        }
    }

    /// Entries behind `sequence`, oldest first.
    package func audit(after sequence: Int64, limit: Int) async throws -> [AuditEntry] {
        try await read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, limit]
            ).map(AuditEntry.init)
        }
    }
}

extension AuditEntry {
    fileprivate init(_ row: Row) {
        self.init(
            sequence: row["sequence"], time: row["time"], actor: row["actor"], client: row["client"],
            action: row["action"], subject: row["subject"], detail: row["detail"])
    }
}
