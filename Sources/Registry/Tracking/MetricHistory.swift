import GRDB

extension Registry {
    /// Every point of a run's metric, by time, then step, then value; none for a run or a key that is not there.
    package func metricHistory(
        ofRun id: String, key: String, maxResults: Int?, pageToken: String?
    ) async throws -> Page<Metric> {
        if let maxResults, maxResults < 1 {
            throw RegistryError.invalid(
                "Invalid value \(maxResults) for parameter 'max_results' supplied. It must be a positive integer."
            )
        }
        let request = try PageRequest(
            maxResults: maxResults ?? Int(Int32.max), atMost: Int(Int32.max), token: pageToken)
        return try await read { database in
            let history = PageQuery(
                selection: "SELECT * FROM metric", conditions: ["run = \(id)", "key = \(key)"],
                order: ["timestamp", "step", "is_nan", "value"])
            return try history.page(request, in: database) { Metric($0) }
        }
    }
}

extension Metric {
    init(_ row: Row) {
        let isNaN: Bool = row["is_nan"]
        self.init(
            key: row["key"], value: isNaN ? .nan : row["value"], timestamp: row["timestamp"],
            step: row["step"])
    }

    static func latest(of run: String, _ database: Database) throws -> [Metric] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT * FROM latest_metric WHERE run = ? ORDER BY key"),
            arguments: [run]
        ).map(Metric.init)
    }

    func check(at path: String) throws {
        try Names.checkKey(key, at: "\(path)name")
        guard timestamp >= 0 else {
            throw RegistryError.invalid(
                "Invalid value \(timestamp) for parameter '\(path)timestamp' supplied: metric '\(key)' "
                    + "(value=\(value)). Timestamp must be a nonnegative long (64-bit integer) ")
        }
        try Names.checkLength(key, of: "Metric name", atMost: 250)
    }

    /// What the columns `value` and `is_nan` hold.
    fileprivate var stored: (value: Double, isNaN: Bool) { value.isNaN ? (0, true) : (value, false) }
}

extension Change {
    /// Adds a point. The latest point of a metric is the one with the greatest step, then time, then value.
    func write(_ metric: Metric, toRun id: String) throws {
        let (value, isNaN) = metric.stored
        let columns: StatementArguments = [id, metric.key, metric.timestamp, metric.step, value, isNaN]
        try execute(
            """
            INSERT OR IGNORE INTO metric (run, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
            """, columns)
        try execute(
            """
            INSERT INTO latest_metric (run, key, timestamp, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                timestamp = excluded.timestamp, step = excluded.step, value = excluded.value,
                is_nan = excluded.is_nan
            WHERE (excluded.step, excluded.timestamp, excluded.value) > (step, timestamp, value)
            """, columns)
    }

    func write(_ measured: ModelMetric, toModel model: String) throws {
        let (metric, (value, isNaN)) = (measured.metric, measured.metric.stored)
        try activeLoggedModel(model)
        try execute(
            """
            INSERT OR IGNORE INTO logged_model_metric
                (model, run, key, timestamp, step, value, is_nan, dataset_name, dataset_digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                model, measured.run, metric.key, metric.timestamp, metric.step, value, isNaN,
                measured.datasetName, measured.datasetDigest,
            ])
    }
}
