import Registry

// The shapes of MLflow's messages (mlflow/protos/service.proto and model_registry.proto). Identifiers and versions
// are text, times milliseconds; lists that are empty and members without a value are left out.

extension JSON {
    init(_ tag: Tag) { self = ["key": .text(tag.key), "value": .text(tag.value)] }

    static func tags(_ tags: [Tag]) -> JSON { list(tags.map { JSON($0) }) }

    init(_ experiment: Experiment) {
        self = [
            "experiment_id": .text("\(experiment.id)"), "name": .text(experiment.name),
            "artifact_location": .text(experiment.artifactLocation),
            "lifecycle_stage": .text(experiment.stage.rawValue),
            "creation_time": .integer(experiment.created), "last_update_time": .integer(experiment.updated),
            "tags": .tags(experiment.tags),
        ]
    }

    init(_ run: Run) {
        self = [
            "run_id": .text(run.id), "run_uuid": .text(run.id), "run_name": .text(run.name),
            "experiment_id": .text("\(run.experiment)"), "user_id": .text(run.user),
            "status": .text(run.status.rawValue), "start_time": JSON(run.startTime),
            "end_time": JSON(run.endTime), "artifact_uri": .text(run.artifactURI),
            "lifecycle_stage": .text(run.stage.rawValue),
        ]
    }

    init(_ record: RunRecord) {
        self = [
            "info": JSON(record.run),
            "data": [
                "metrics": .list(record.metrics.map { JSON($0) }), "params": .tags(record.params),
                "tags": .tags(record.tags),
            ],
            "inputs": [
                "dataset_inputs": .list(record.datasets.map { JSON($0) }),
                "model_inputs": .list(record.modelInputs.map { ["model_id": .text($0)] }),
            ],
            "outputs": [
                "model_outputs": .list(
                    record.modelOutputs.map { ["model_id": .text($0.model), "step": .integer($0.step)] })
            ],
        ]
    }

    init(_ input: DatasetInput) {
        let dataset = input.dataset
        self = [
            "tags": .tags(input.tags),
            "dataset": [
                "name": .text(dataset.name), "digest": .text(dataset.digest),
                "source_type": .text(dataset.sourceType), "source": .text(dataset.source),
                "schema": JSON(dataset.schema), "profile": JSON(dataset.profile),
            ],
        ]
    }

    init(_ metric: Metric) { self = .object(JSON.members(of: metric)) }

    init(_ measured: ModelMetric, of model: String) {
        var members = JSON.members(of: measured.metric)
        members["model_id"] = .text(model)
        members["run_id"] = .text(measured.run)
        if !measured.datasetName.isEmpty { members["dataset_name"] = .text(measured.datasetName) }
        if !measured.datasetDigest.isEmpty { members["dataset_digest"] = .text(measured.datasetDigest) }
        self = .object(members)
    }

    init(_ metric: Metric, ofRun run: String) {
        var members = JSON.members(of: metric)
        members["run_id"] = .text(run)
        self = .object(members)
    }

    private static func members(of metric: Metric) -> [String: JSON] {
        [
            "key": .text(metric.key), "value": .double(metric.value),
            "timestamp": .integer(metric.timestamp), "step": .integer(metric.step),
        ]
    }

    /// JSON has no numbers that are not finite: they go as text.
    static func double(_ value: Double) -> JSON {
        if value.isNaN { return .text("NaN") }
        return value.isFinite ? .number(value) : .text(value < 0 ? "-Infinity" : "Infinity")
    }

    init(_ model: LoggedModel) {
        self = [
            "info": [
                "model_id": .text(model.id), "experiment_id": .text("\(model.experiment)"),
                "name": .text(model.name), "creation_timestamp_ms": .integer(model.created),
                "last_updated_timestamp_ms": .integer(model.updated),
                "artifact_uri": .text(model.artifactURI), "status": .text(model.status.rawValue),
                "status_message": JSON(model.statusMessage), "model_type": JSON(model.modelType),
                "source_run_id": JSON(model.sourceRun), "tags": .tags(model.tags),
            ],
            "data": [
                "params": .tags(model.params),
                "metrics": .list(model.metrics.map { JSON($0, of: model.id) }),
            ],
        ]
    }

    init(_ model: RegisteredModel) {
        self = [
            "name": .text(model.name), "creation_timestamp": .integer(model.created),
            "last_updated_timestamp": .integer(model.updated),
            "description": model.description.isEmpty ? .null : .text(model.description),
            "latest_versions": .list(model.latestVersions.map { JSON($0.withoutAliases) }),
            "tags": .tags(model.tags),
            "aliases": .list(
                model.aliases.map { ["alias": .text($0.alias), "version": .text("\($0.version)")] }),
        ]
    }

    init(_ version: ModelVersion) {
        self = [
            "name": .text(version.model), "version": .text("\(version.version)"),
            "creation_timestamp": .integer(version.created),
            "last_updated_timestamp": .integer(version.updated),
            "current_stage": .text(version.stage.rawValue), "description": .text(version.description),
            "source": .text(version.source), "run_id": .text(version.run), "status": "READY",
            "run_link": .text(version.runLink), "tags": .tags(version.tags),
            "aliases": .list(version.aliases.map(JSON.text)),
        ]
    }
}

extension ModelVersion {
    /// Within a model, its aliases stand beside its versions.
    fileprivate var withoutAliases: ModelVersion {
        var version = self
        version.aliases = []
        return version
    }
}

extension JSON: ExpressibleByStringLiteral {
    init(stringLiteral text: String) { self = .text(text) }
}
