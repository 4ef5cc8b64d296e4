import Foundation
import GRDB
import Testing

@testable import Registry

/// The world that the searches of mlflow_search.json were asked of.
struct SearchWorld: Decodable {
    var experiments: [WorldExperiment]
    var runs: [WorldRun]
    var registered_models: [WorldModel]
    var model_versions: [WorldVersion]
    var logged_models: [WorldLoggedModel]

    func load(into database: Database) throws {
        try database.execute(sql: "UPDATE experiment SET created = 1, updated = 1")
        for experiment in experiments { try experiment.insert(into: database) }
        for run in runs { try run.insert(into: database) }
        for model in registered_models { try model.insert(into: database) }
        for version in model_versions { try version.insert(into: database) }
        for model in logged_models { try model.insert(into: database) }
    }
}

struct WorldExperiment: Decodable {
    var id: Int64
    var name: String
    var stage: String
    var created: Int64
    var updated: Int64
    var tags: [String: String]

    func insert(into database: Database) throws {
        try database.insert(
            "experiment", ["id", "name", "artifact_location", "stage", "created", "updated"],
            [id, name, "mlflow-artifacts:/\(id)", stage, created, updated])
        for (key, value) in tags {
            try database.insert("experiment_tag", ["experiment", "key", "value"], [id, key, value])
        }
    }
}

struct WorldRun: Decodable {
    var id: String
    var experiment: Int64
    var name: String
    var user: String
    var status: String
    var stage: String
    var artifact_uri: String
    var start: Int64?
    var end: Int64?
    var metrics: [String: MetricValue]
    var params: [String: String]
    var tags: [String: String]
    var datasets: [[String]]

    func insert(into database: Database) throws {
        try database.insert(
            "run",
            [
                "id", "experiment", "name", "user", "status", "start_time", "end_time", "artifact_uri",
                "stage",
            ],
            [id, experiment, name, user, status, start, end, artifact_uri, stage])
        for (key, value) in tags {
            try database.insert("run_tag", ["run", "key", "value"], [id, key, value])
        }
        for (key, value) in params {
            try database.insert("param", ["run", "key", "value"], [id, key, value])
        }
        for (key, metric) in metrics {
            try database.insert(
                "latest_metric", ["run", "key", "timestamp", "step", "value", "is_nan"],
                [id, key, 1, 0, metric.stored, metric.value.isNaN])
        }
        for dataset in datasets { try insert(dataset, into: database) }
    }

    private func insert(_ dataset: [String], into database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO dataset (experiment, name, digest, source_type, source, created)
                VALUES (?, ?, ?, 'local', '{}', 0)
                """, arguments: [experiment, dataset[0], dataset[1]])
        let number = try Int64.fetchOne(
            database, sql: "SELECT id FROM dataset WHERE experiment = ? AND name = ? AND digest = ?",
            arguments: [experiment, dataset[0], dataset[1]])
        try database.insert("run_dataset", ["run", "dataset"], [id, number])
        try database.insert(
            "run_dataset_tag", ["run", "dataset", "key", "value"],
            [id, number, "mlflow.data.context", dataset[2]])
    }
}

struct WorldModel: Decodable {
    var name: String
    var created: Int64
    var updated: Int64
    var tags: [String: String]

    func insert(into database: Database) throws {
        let life = try Int64.fetchOne(database, sql: "SELECT 1 + count(*) FROM registered_model")
        try database.insert(
            "registered_model", ["name", "created", "updated", "life"], [name, created, updated, life])
        for (key, value) in tags {
            try database.insert("registered_model_tag", ["model", "key", "value"], [name, key, value])
        }
    }
}

struct WorldVersion: Decodable {
    var model: String
    var version: Int64
    var created: Int64
    var updated: Int64
    var source: String
    var run: String
    var tags: [String: String]

    func insert(into database: Database) throws {
        try database.insert(
            "model_version", ["model", "version", "created", "updated", "source", "run"],
            [model, version, created, updated, source, run])
        for (key, value) in tags {
            try database.insert(
                "model_version_tag", ["model", "version", "key", "value"],
                [model, version, key, value])
        }
    }
}

struct WorldLoggedModel: Decodable {
    var id: String
    var experiment: Int64
    var name: String
    var created: Int64
    var updated: Int64
    var status: String
    var stage: String
    var type: String?
    var source_run: String?
    var metrics: [WorldModelMetric]
    var params: [String: String]
    var tags: [String: String]

    func insert(into database: Database) throws {
        try database.insert(
            "logged_model",
            [
                "id", "experiment", "name", "source_run", "artifact_uri", "status", "model_type", "created",
                "updated",
                "stage",
            ],
            [id, experiment, name, source_run, "mlflow-artifacts:/m", status, type, created, updated, stage])
        for (key, value) in tags {
            try database.insert("logged_model_tag", ["model", "key", "value"], [id, key, value])
        }
        for (key, value) in params {
            try database.insert("logged_model_param", ["model", "key", "value"], [id, key, value])
        }
        for metric in metrics { try metric.insert(into: database, of: id) }
    }
}

/// A row of key, value, timestamp, step, run, dataset name and dataset digest.
struct WorldModelMetric: Decodable {
    var key: String
    var metric: MetricValue
    var timestamp: Int64
    var step: Int64
    var run: String
    var dataset: String
    var digest: String

    init(from decoder: any Decoder) throws {
        var row = try decoder.unkeyedContainer()
        key = try row.decode(String.self)
        metric = try row.decode(MetricValue.self)
        timestamp = try row.decode(Int64.self)
        step = try row.decode(Int64.self)
        run = try row.decode(String.self)
        dataset = try row.decode(String.self)
        digest = try row.decode(String.self)
    }

    func insert(into database: Database, of model: String) throws {
        try database.insert(
            "logged_model_metric",
            [
                "model", "run", "key", "timestamp", "step", "value", "is_nan", "dataset_name",
                "dataset_digest",
            ],
            [model, run, key, timestamp, step, metric.stored, metric.value.isNaN, dataset, digest])
    }
}

/// A number, or the name of one that JSON has not.
struct MetricValue: Decodable {
    var value: Double

    /// As the schema keeps it.
    var stored: Double { value.isNaN ? 0 : value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            value = try #require(Double(name == "NaN" ? "nan" : name.replacing("Infinity", with: "inf")))
        } else {
            value = try container.decode(Double.self)
        }
    }
}

extension Database {
    func insert(_ table: String, _ columns: [String], _ values: [(any DatabaseValueConvertible)?]) throws {
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try execute(
            sql: "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(marks))",
            arguments: StatementArguments(values))
    }
}
