import Drift
import FoundationEssentials
import GRDB
package import Retraining

/// A request to train a model again, and what has become of it.
package struct RetrainRecord: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        /// The rules hold it back for now.
        case waiting
        /// A worker may take it.
        case accepted
        case running
        /// It ended with a candidate that passed the gate.
        case candidate
        /// It ended with one that did not.
        case rejected
        case failed
        /// The rules do not let it through, for good.
        case refused
        /// Another request stands for it.
        case covered
        case cancelled

        package var isInFlight: Bool { self == .accepted || self == .running }
        package var isOpen: Bool { self == .waiting || isInFlight }
    }

    package var request: RetrainRequest
    /// What the model is called now.
    package var model: String
    package var state: State
    /// Why it is in this state, in a sentence.
    package var reason: String
    /// Times are milliseconds since 1970.
    package var proposed: Int64
    package var proposedBy: String
    /// How often it was proposed.
    package var proposals: Int64
    /// Until when the rules hold it back, where that is known.
    package var waitsUntil: Int64?
    package var accepted: Int64?
    package var finished: Int64?
    /// The request that stands for it.
    package var coveredBy: String?
    package var worker: String?
    /// How often a worker has taken it.
    package var attempts: Int64
    /// The run that it led to, and the version.
    package var run: String?
    package var version: Int64?

    package var id: String { request.id }
}

extension RetrainRecord {
    static func withID(_ id: String, _ database: Database) throws -> RetrainRecord {
        guard let record = try find(id, database) else {
            throw RegistryError.notFound(
                "There is no retrain request '\(id)'; `leeway retrain list` has them.")
        }
        return record
    }

    static func find(_ id: String, _ database: Database) throws -> RetrainRecord? {
        try Row.fetchOne(database, sql: "SELECT * FROM retrain_request WHERE id = ?", arguments: [id])
            .map(RetrainRecord.init)
    }

    /// Newest first.
    static func all(
        of model: String?, in states: [State], limit: Int, _ database: Database
    ) throws -> [RetrainRecord] {
        let names = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM retrain_request WHERE (?1 IS NULL OR model = ?1) AND state IN (\(names))
                ORDER BY sequence DESC LIMIT ?2
                """, arguments: [model, limit]
        ).map(RetrainRecord.init)
    }

    init(_ row: Row) throws {
        let name: String = row["state"]
        guard let state = State(rawValue: name) else {
            preconditionFailure("a retrain request is \(name), which no request becomes")
        }
        self.init(
            request: try JSONDecoder().decode(RetrainRequest.self, from: row["body"]), model: row["model"],
            state: state, reason: row["reason"], proposed: row["proposed"], proposedBy: row["proposed_by"],
            proposals: row["proposals"], waitsUntil: row["waits_until"], accepted: row["accepted"],
            finished: row["finished"], coveredBy: row["covered_by"], worker: row["worker"],
            attempts: row["attempts"], run: row["run"], version: row["version"])
    }
}

extension RetrainRequest {
    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
