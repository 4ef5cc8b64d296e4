import GRDB

extension Run {
    /// What a run begins with.
    package struct Start: Sendable {
        package var experiment: Int64
        /// Made up where it is missing, unless the tag `mlflow.runName` says it.
        package var name: String?
        package var user: String
        /// Milliseconds since 1970.
        package var startTime: Int64?
        package var tags: [Tag]

        package init(experiment: Int64, name: String?, user: String, startTime: Int64?, tags: [Tag]) {
            (self.experiment, self.name, self.user) = (experiment, name, user)
            (self.startTime, self.tags) = (startTime, tags)
        }
    }

    static let nameTag = "mlflow.runName"
    static let modelHistoryTag = "mlflow.log-model.history"
}

/// A request to make something, as far as it can be told from others.
package struct CreationRequest: Sendable {
    package var name: String
    /// Whether it may be the one before it with its name, sent again.
    package var mayBeRepeated: Bool

    package init(name: String, mayBeRepeated: Bool) {
        (self.name, self.mayBeRepeated) = (name, mayBeRepeated)
    }
}

extension Registry {
    /// - Parameter request: asked again within a minute, as clients do that lost the answer, it makes no second run.
    package func createRun(
        _ start: Run.Start, request: CreationRequest? = nil, by actor: Actor
    ) async throws -> RunRecord {
        let name = try start.chosenName()
        let tags = try start.tags.enumerated().map { try Run.checked($1, at: "tags[\($0)].") }
        return try await change(by: actor) { change in
            if let made = try change.runMade(for: request) { return made }
            let run = try change.createRun(start, named: name, tags)
            try change.remember(run.run.id, madeFor: request)
            return run
        }
    }

    package func run(_ id: String) async throws -> RunRecord {
        try await read { try RunRecord.of(id, $0) }
    }

    /// Changes what is given.
    package func updateRun(
        _ id: String, status: Run.Status?, endTime: Int64?, name: String?, by actor: Actor
    ) async throws -> Run {
        try await change(by: actor) { change in
            try change.activeRun(id)
            if let status {
                try change.execute("UPDATE run SET status = ? WHERE id = ?", [status.rawValue, id])
            }
            if let endTime { try change.execute("UPDATE run SET end_time = ? WHERE id = ?", [endTime, id]) }
            if let name, !name.isEmpty { try change.rename(run: id, to: name) }
            try change.record("run.update", id, status?.rawValue ?? "")
            return try Run.of(id, change.database)
        }
    }

    /// Ends runs that go on, and that nobody goes on with: those that have a tag.
    package func killRuns(tagged key: String, by actor: Actor) async throws {
        let ids = try await read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM run JOIN run_tag ON run_tag.run = run.id WHERE run_tag.key = ? AND status = ?
                    """, arguments: [key, Run.Status.running.rawValue])
        }
        guard !ids.isEmpty else { return }
        try await change(by: actor) { change in
            for id in ids {
                try change.execute(
                    "UPDATE run SET status = ?, end_time = ? WHERE id = ?",
                    [Run.Status.killed.rawValue, change.time, id])
                try change.record("run.update", id, Run.Status.killed.rawValue)
            }
        }
    }

    /// A deleted run can be restored. Deleting one twice is fine, as restoring is.
    package func deleteRun(_ id: String, by actor: Actor) async throws {
        try await change(by: actor) { try $0.move(run: id, to: .deleted) }
    }

    package func restoreRun(_ id: String, by actor: Actor) async throws {
        try await change(by: actor) { try $0.move(run: id, to: .active) }
    }
}

extension Run.Start {
    fileprivate func chosenName() throws -> String {
        let tagged = tags.last { $0.key == Run.nameTag }?.value
        if let name, let tagged, !name.isEmpty, !tagged.isEmpty, !name.isIdentical(to: tagged) {
            throw RegistryError.invalid(
                "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values "
                    + "(run_name='\(name)', mlflow.runName='\(tagged)').")
        }
        return [name, tagged].lazy.compactMap { $0 }.first { !$0.isEmpty } ?? Identifier.randomName()
    }
}

extension Run {
    init(_ row: Row) {
        self.init(
            id: row["id"], experiment: row["experiment"], name: row["name"], user: row["user"],
            status: Status(rawValue: row["status"]) ?? .running, startTime: row["start_time"],
            endTime: row["end_time"], artifactURI: row["artifact_uri"],
            stage: LifecycleStage(rawValue: row["stage"]) ?? .active)
    }

    static func of(_ id: String, _ database: Database) throws -> Run {
        guard let run = try find(id, database) else {
            throw RegistryError.notFound("Run with id=\(id) not found")
        }
        return run
    }

    fileprivate static func find(_ id: String, _ database: Database) throws -> Run? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT * FROM run WHERE id = ?"), arguments: [id]
        ).map(Run.init)
    }

    /// The tag as it is kept: MLflow cuts long values off.
    static func checked(_ tag: Tag, at path: String) throws -> Tag {
        try Names.checkKey(tag.key, at: "\(path)key")
        try Names.checkLength(tag.key, of: "\(path)key", atMost: 250)
        return Tag(key: tag.key, value: tag.value.truncated(to: 8000))
    }
}

extension RunRecord {
    static func of(_ id: String, _ database: Database) throws -> RunRecord {
        try RunRecord(Run.of(id, database), database)
    }

    /// `nil` when there is no such run.
    static func find(_ id: String, _ database: Database) throws -> RunRecord? {
        try Run.find(id, database).map { try RunRecord($0, database) }
    }

    private init(_ run: Run, _ database: Database) throws {
        let id = run.id
        self.init(
            run: run,
            metrics: try Metric.latest(of: id, database),
            params: try Tag.all(database, in: .param, of: id),
            tags: try Tag.all(database, in: .runTag, of: id),
            datasets: try DatasetInput.all(of: id, database),
            modelInputs: try String.fetchAll(
                database.cachedStatement(
                    sql: "SELECT model FROM run_model_input WHERE run = ? ORDER BY model"),
                arguments: [id]),
            modelOutputs: try ModelOutput.all(of: id, database))
    }
}

extension Change {
    fileprivate func runMade(for request: CreationRequest?) throws -> RunRecord? {
        try execute("DELETE FROM recent_run WHERE time <= ?", [time - 60_000])
        guard let request, request.mayBeRepeated,
            let id = try String.fetchOne(
                database,
                sql: """
                    SELECT run FROM recent_run JOIN run ON run.id = recent_run.run
                    WHERE request = ? AND stage = 'active'
                    """, arguments: [request.name])
        else { return nil }
        return try RunRecord.of(id, database)
    }

    fileprivate func remember(_ run: String, madeFor request: CreationRequest?) throws {
        guard let request else { return }
        try execute(
            "INSERT OR REPLACE INTO recent_run (request, time, run) VALUES (?, ?, ?)",
            [request.name, time, run])
    }

    fileprivate func createRun(_ start: Run.Start, named name: String, _ tags: [Tag]) throws -> RunRecord {
        let experiment = try activeExperiment(start.experiment)
        let id = Identifier.random()
        try execute(
            """
            INSERT INTO run (id, experiment, name, user, status, start_time, artifact_uri)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id, start.experiment, name, start.user, Run.Status.running.rawValue, start.startTime,
                "\(experiment.artifactLocation)/\(id)/artifacts",
            ])
        for tag in tags { try set(tag, in: .runTag, of: id) }
        try set(Tag(key: Run.nameTag, value: name), in: .runTag, of: id)
        try record("run.create", id, name)
        return try RunRecord.of(id, database)
    }

    /// - Throws: `RegistryError` when the run is not there or deleted.
    @discardableResult func activeRun(_ id: String) throws -> Run {
        let run = try Run.of(id, database)
        guard run.stage == .active else {
            throw RegistryError.invalid(
                "The run \(id) must be in the 'active' state. Current state is \(run.stage.rawValue).")
        }
        return run
    }

    func rename(run id: String, to name: String) throws {
        try execute("UPDATE run SET name = ? WHERE id = ?", [name, id])
        try set(Tag(key: Run.nameTag, value: name), in: .runTag, of: id)
    }

    fileprivate func move(run id: String, to stage: LifecycleStage) throws {
        _ = try Run.of(id, database)
        try execute(
            "UPDATE run SET stage = ?, deleted = ? WHERE id = ?",
            [stage.rawValue, stage == .deleted ? time : nil, id])
        try record(stage == .deleted ? "run.delete" : "run.restore", id)
    }
}
