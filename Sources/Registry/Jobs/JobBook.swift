import FoundationEssentials
import GRDB
package import Jobs

extension Registry {
    /// The folder of jobs' logs and scratch folders.
    package var jobFolder: String { folder + "/jobs" }

    /// Where trainings under way keep their files.
    package var trainingFolder: String { jobFolder + "/training" }

    /// What a job has printed, or prints.
    package func log(ofJob id: String) -> JobLogReader { JobLogReader(path: "\(jobFolder)/\(id).log") }

    package func job(_ id: String) async throws -> JobRecord {
        try await read { try JobRecord.withID(id, $0) }
    }

    /// Newest first.
    ///
    /// - Parameters:
    ///   - model: `nil` for all.
    ///   - state: `nil` for any.
    package func jobs(
        of model: String? = nil, in state: JobRecord.State? = nil, limit: Int
    ) async throws -> [JobRecord] {
        let states = state.map { [$0] } ?? JobRecord.State.allCases
        return try await read { try JobRecord.all(of: model, in: states, limit: limit, $0) }
    }

    /// Notes a job that is to be run.
    package func addJob(_ order: JobOrder, by actor: Actor) async throws -> JobRecord {
        try Names.checkModelName(order.model, parameter: "model")
        return try await change(by: actor) { try $0.add(order) }
    }

    package func noteStart(ofJob id: String, pid: Int64, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.execute(
                "UPDATE job SET state = 'running', reason = '', pid = ?, started = ? WHERE id = ?",
                [pid, change.time, id])
            try change.record("job.running", id)
        }
    }

    /// Notes how far a job is. The audit log, which is about what somebody did, does not hear of it.
    package func note(_ progress: JobProgress, ofJob id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.execute("UPDATE job SET progress = ? WHERE id = ?", [try progress.encoded(), id])
        }
    }

    /// Notes which run a job turned out to make.
    package func note(run: String, ofJob id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.execute("UPDATE job SET run = ? WHERE id = ?", [run, id])
            try change.record("job.run", id, run)
        }
    }

    /// Notes that somebody wants a job to end, which it will.
    package func noteCancelling(_ id: String, _ reason: String, by actor: Actor) async throws -> JobRecord {
        try await change(by: actor) { change in
            try change.execute("UPDATE job SET reason = ? WHERE id = ? AND finished IS NULL", [reason, id])
            try change.record("job.cancel", id, reason)
            return try JobRecord.withID(id, change.database)
        }
    }

    /// Notes how a job ended.
    ///
    /// - Parameter reason: see ``JobEnd/sentence(_:section:)``.
    package func finishJob(
        _ id: String, _ state: JobRecord.State, _ reason: String, _ end: JobEnd? = nil, by actor: Actor
    ) async throws -> JobRecord {
        precondition(state.hasEnded)
        return try await change(by: actor) { change in
            try change.end(id, state, reason)
            if let end { try change.note(end, of: id) }
            return try JobRecord.withID(id, change.database)
        }
    }

    /// Marks all jobs that have not ended as interrupted: whoever ran them is gone.
    ///
    /// - Returns: the jobs, as they were.
    package func interruptJobs(by actor: Actor) async throws -> [JobRecord] {
        let open = JobRecord.State.allCases.filter { !$0.hasEnded }
        let left = try await read { try JobRecord.all(of: nil, in: open, limit: .max, $0) }
        guard !left.isEmpty else { return [] }
        return try await change(by: actor) { change in
            for job in left {
                try change.end(job.id, .interrupted, "the registry ended, and was started again")
            }
            return left
        }
    }

    /// Forgets jobs that ended before a time, in milliseconds since 1970.
    ///
    /// - Returns: their ids.
    package func forgetJobs(endedBefore time: Int64, by actor: Actor) async throws -> [String] {
        let old = try await read { database in
            try String.fetchAll(database, sql: "SELECT id FROM job WHERE finished < ?", arguments: [time])
        }
        guard !old.isEmpty else { return [] }
        return try await change(by: actor) { change in
            for id in old {
                try change.execute("DELETE FROM job WHERE id = ?", [id])
                try change.record("job.forget", id)
            }
            return old
        }
    }

    /// How many jobs there are in each state.
    package func jobCounts() async throws -> [JobRecord.State: Int64] {
        try await read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT state, count(*) AS n FROM job GROUP BY state")
            let counts = rows.compactMap { row in
                JobRecord.State(rawValue: row["state"]).map { ($0, row["n"] as Int64) }
            }
            return Dictionary(uniqueKeysWithValues: counts)
        }
    }
}

extension Change {
    fileprivate func add(_ order: JobOrder) throws -> JobRecord {
        let id = Identifier.random()
        try execute(
            """
            INSERT INTO job (id, kind, model, request, run, command, state, reason, created)
            VALUES (?, ?, ?, ?, ?, ?, 'queued', '', ?)
            """,
            [id, order.kind.rawValue, order.model, order.request, order.run, order.command, time])
        try record("job.queued", id, "\(order.kind.rawValue) \(order.model)")
        return try .withID(id, database)
    }

    fileprivate func end(_ id: String, _ state: JobRecord.State, _ reason: String) throws {
        try execute(
            "UPDATE job SET state = ?, reason = ?, finished = ? WHERE id = ?",
            [state.rawValue, reason, time, id])
        try record("job.\(state.rawValue)", id, reason)
    }

    fileprivate func note(_ end: JobEnd, of id: String) throws {
        try execute(
            """
            UPDATE job SET exit_code = ?, cpu = ?, peak_memory = ?, last_errors = ?,
                progress = coalesce(?, progress) WHERE id = ?
            """,
            [
                end.exitCode, Int64(end.use.cpu / .milliseconds(1)), end.use.peakMemory,
                end.lastErrors.joined(separator: "\n"), try end.progress?.encoded(), id,
            ])
    }
}

extension JobEnd {
    fileprivate var exitCode: Int64? {
        if case .exited(let code) = outcome { Int64(code) } else { nil }
    }
}
