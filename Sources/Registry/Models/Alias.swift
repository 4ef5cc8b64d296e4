import GRDB

/// The aliases that say who serves. They move together, each time in one transaction.
package enum Alias {
    /// The version that serves.
    package static let champion = "champion"
    /// The version that may replace it.
    package static let candidate = "candidate"
    /// The version that served before.
    package static let previous = "previous"

    /// So many of the last champions cannot be deleted.
    static let championsKept = 5
}

/// One move of an alias, as it was recorded.
package struct AliasMove: Equatable, Sendable {
    package var sequence: Int64
    /// Grows with every decision: who acts on an older one acts on what is no longer so.
    package var epoch: Int64
    package var alias: String
    /// `nil` when the alias was taken away.
    package var version: Int64?
    /// What it named before.
    package var previous: Int64?
    /// Milliseconds since 1970.
    package var time: Int64
    package var actor: String
    package var decision: String?
    /// What moved it, as the audit log names it: `model.promote`.
    package var action: String
    package var reason: String
    /// Digest of the evidence for it.
    package var evidence: String?
    /// A plain MLflow move of `champion`, past every comparison.
    package var isOverride: Bool
}

/// Who serves now.
package struct Standing: Equatable, Sendable {
    package var champion: Int64?
    package var candidate: Int64?
    package var previous: Int64?
    /// Of the model's last decision; 0 before the first.
    package var epoch: Int64
}

/// Why an alias moves, for the record.
package struct Decision: Sendable {
    /// A retry with the same id is the same decision.
    package var id: String?
    package var reason: String
    /// Digest of the evidence.
    package var evidence: String?

    package init(id: String? = nil, reason: String = "", evidence: String? = nil) {
        (self.id, self.reason, self.evidence) = (id, reason, evidence)
    }
}

extension AliasTarget {
    static func all(of model: String, _ database: Database) throws -> [AliasTarget] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT alias, version FROM alias WHERE model = ? ORDER BY alias"),
            arguments: [model]
        ).map { AliasTarget(alias: $0["alias"], version: $0["version"]) }
    }
}

extension AliasMove {
    init(_ row: Row) {
        self.init(
            sequence: row["sequence"], epoch: row["epoch"], alias: row["alias"], version: row["version"],
            previous: row["previous"], time: row["time"], actor: row["actor"], decision: row["decision"],
            action: row["action"], reason: row["reason"], evidence: row["evidence"],
            isOverride: row["is_override"])
    }
}
