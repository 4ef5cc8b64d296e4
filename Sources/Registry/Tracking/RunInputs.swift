import GRDB

extension Registry {
    /// Says which datasets and logged models a run used. A dataset is kept once in an experiment.
    package func logInputs(
        datasets: [DatasetInput], models: [String], toRun id: String, by actor: Actor
    ) async throws {
        for input in datasets { try input.check() }
        try await change(by: actor) { change in
            let run = try change.activeRun(id)
            for input in datasets { try change.add(input, to: run) }
            for model in models { try change.add(input: model, to: run) }
            try change.record("run.inputs", id, "\(datasets.count) datasets, \(models.count) models")
        }
    }

    /// Says which logged models a run made.
    package func logOutputs(_ models: [ModelOutput], toRun id: String, by actor: Actor) async throws {
        try await change(by: actor) { change in
            try change.activeRun(id)
            for output in models { try change.add(output, toRun: id) }
            try change.record("run.outputs", id, models.map(\.model).joined(separator: ", "))
        }
    }

    /// Datasets that runs used, newest first, each with the runs.
    package func datasets(limit: Int) async throws -> [DatasetUse] {
        try await read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, experiment, name, digest, source_type, source, created FROM dataset
                    ORDER BY id DESC LIMIT ?
                    """, arguments: [limit]
            ).map { row in
                DatasetUse(
                    name: row["name"], digest: row["digest"], sourceType: row["source_type"],
                    source: row["source"], experiment: row["experiment"], created: row["created"],
                    runs: try String.fetchAll(
                        database.cachedStatement(
                            sql: "SELECT run FROM run_dataset WHERE dataset = ? ORDER BY run"),
                        arguments: [row["id"] as Int64]))
            }
        }
    }
}

/// A dataset and the runs that used it. Its schema and profile, which may be large, are left out.
package struct DatasetUse: Sendable {
    package var name: String
    package var digest: String
    package var sourceType: String
    package var source: String
    package var experiment: Int64
    /// Milliseconds since 1970.
    package var created: Int64
    package var runs: [String]
}

extension Dataset {
    init(_ row: Row) {
        self.init(
            name: row["name"], digest: row["digest"], sourceType: row["source_type"], source: row["source"],
            schema: row["schema"], profile: row["profile"])
    }
}

extension DatasetInput {
    fileprivate func check() throws {
        try Names.checkLength(dataset.name, of: "name", atMost: 500)
        try Names.checkLength(dataset.digest, of: "digest", atMost: 36)
        try Names.checkLength(dataset.source, of: "source", atMost: 65_535)
        try Names.checkLength(dataset.schema ?? "", of: "schema", atMost: 1_048_575)
        try Names.checkLength(dataset.profile ?? "", of: "profile", atMost: 16_777_215)
        for tag in tags {
            try Names.checkLength(tag.key, of: "key", atMost: 255)
            try Names.checkLength(tag.value, of: "value", atMost: 500)
        }
    }

    static func all(of run: String, _ database: Database) throws -> [DatasetInput] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT dataset.* FROM run_dataset JOIN dataset ON dataset.id = run_dataset.dataset
                    WHERE run_dataset.run = ? ORDER BY dataset.id
                    """), arguments: [run]
        ).map { row in
            let tags = try Row.fetchAll(
                database.cachedStatement(
                    sql: "SELECT key, value FROM run_dataset_tag WHERE run = ? AND dataset = ? ORDER BY key"),
                arguments: [run, row["id"] as Int64])
            return DatasetInput(dataset: Dataset(row), tags: tags.map(Tag.init))
        }
    }
}

extension ModelOutput {
    static func all(of run: String, _ database: Database) throws -> [ModelOutput] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT model, step FROM run_model_output WHERE run = ? ORDER BY step, model"),
            arguments: [run]
        ).map { ModelOutput(model: $0["model"], step: $0["step"]) }
    }
}

extension Change {
    fileprivate func add(_ input: DatasetInput, to run: Run) throws {
        let dataset = try identify(input.dataset, in: run.experiment)
        try execute("INSERT OR IGNORE INTO run_dataset (run, dataset) VALUES (?, ?)", [run.id, dataset])
        guard database.changesCount > 0 else { return }
        for tag in input.tags {
            try execute(
                "INSERT OR REPLACE INTO run_dataset_tag (run, dataset, key, value) VALUES (?, ?, ?, ?)",
                [run.id, dataset, tag.key, tag.value])
        }
    }

    /// The dataset's row, made where it is new to the experiment.
    private func identify(_ dataset: Dataset, in experiment: Int64) throws -> Int64? {
        try execute(
            """
            INSERT OR IGNORE INTO dataset
                (experiment, name, digest, source_type, source, schema, profile, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                experiment, dataset.name, dataset.digest, dataset.sourceType, dataset.source, dataset.schema,
                dataset.profile, time,
            ])
        return try Int64.fetchOne(
            database, sql: "SELECT id FROM dataset WHERE experiment = ? AND name = ? AND digest = ?",
            arguments: [experiment, dataset.name, dataset.digest])
    }

    fileprivate func add(input model: String, to run: Run) throws {
        try activeLoggedModel(model)
        try execute("INSERT OR IGNORE INTO run_model_input (run, model) VALUES (?, ?)", [run.id, model])
    }

    fileprivate func add(_ output: ModelOutput, toRun id: String) throws {
        try activeLoggedModel(output.model)
        try execute(
            """
            INSERT INTO run_model_output (run, model, step) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET step = excluded.step
            """, [id, output.model, output.step])
    }
}
