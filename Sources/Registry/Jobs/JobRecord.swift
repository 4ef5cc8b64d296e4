import FoundationEssentials
import GRDB
package import Jobs

/// A program that the registry runs, ran, or is about to run.
package struct JobRecord: Equatable, Sendable {
    package enum State: String, CaseIterable, Sendable {
        /// Others are to end first.
        case queued
        case running
        case succeeded
        case failed
        case cancelled
        /// The registry ended before it did. Who wanted it may want it again.
        case interrupted

        package var hasEnded: Bool { self != .queued && self != .running }
    }

    /// 32 hexadecimal digits.
    package var id: String
    package var order: JobOrder
    package var state: State
    /// Why it is in this state, in a sentence.
    package var reason: String
    package var progress: JobProgress?
    /// Times are milliseconds since 1970.
    package var created: Int64
    package var started: Int64?
    package var finished: Int64?
    /// Of its first process. It is another's once the job has ended.
    package var pid: Int64?
    package var exitCode: Int64?
    /// What it has used; `nil` before its end.
    package var use: ResourceUse?
    /// The last lines of its standard error.
    package var lastErrors: [String]
}

/// What a job is for, and what is run.
package struct JobOrder: Equatable, Sendable {
    package enum Kind: String, CaseIterable, Sendable {
        case split, unite, train, score, gate, shadow, reference, inspect
    }

    package var kind: Kind
    package var model: String
    /// The request to train that it is for, where there is one.
    package var request: String?
    /// The run that it makes or judges, where there is one.
    package var run: String?
    /// As a shell would take it.
    package var command: String

    package init(kind: Kind, model: String, request: String? = nil, run: String? = nil, command: String) {
        (self.kind, self.model, self.request, self.run) = (kind, model, request, run)
        self.command = command
    }
}

extension JobRecord {
    static func withID(_ id: String, _ database: Database) throws -> JobRecord {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM job WHERE id = ?", arguments: [id])
        guard let row else {
            throw RegistryError.notFound("There is no job '\(id)'; `leeway job list` has them.")
        }
        return JobRecord(row)
    }

    /// Newest first.
    static func all(
        of model: String?, in states: [State], limit: Int, _ database: Database
    ) throws -> [JobRecord] {
        let names = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM job WHERE (?1 IS NULL OR model = ?1) AND state IN (\(names))
                ORDER BY sequence DESC LIMIT ?2
                """, arguments: [model, limit]
        ).map(JobRecord.init)
    }

    private init(_ row: Row) {
        guard let kind = JobOrder.Kind(rawValue: row["kind"]), let state = State(rawValue: row["state"])
        else {
            preconditionFailure("a job is what no job becomes: \(row)")
        }
        let errors: String = row["last_errors"]
        self.init(
            id: row["id"],
            order: JobOrder(
                kind: kind, model: row["model"], request: row["request"], run: row["run"],
                command: row["command"]),
            state: state, reason: row["reason"], progress: JobProgress(stored: row["progress"]),
            created: row["created"], started: row["started"], finished: row["finished"], pid: row["pid"],
            exitCode: row["exit_code"], use: ResourceUse(row),
            lastErrors: errors.isEmpty ? [] : errors.components(separatedBy: "\n"))
    }
}

extension ResourceUse {
    fileprivate init?(_ row: Row) {
        guard let cpu: Int64 = row["cpu"], let memory: Int64 = row["peak_memory"] else { return nil }
        self.init(cpu: .milliseconds(cpu), peakMemory: memory)
    }
}

extension JobProgress {
    /// From the database's JSON, which ours alone wrote.
    fileprivate init?(stored bytes: Data?) {
        guard let bytes, let progress = try? JSONDecoder().decode(JobProgress.self, from: bytes) else {
            return nil
        }
        self = progress
    }

    func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
