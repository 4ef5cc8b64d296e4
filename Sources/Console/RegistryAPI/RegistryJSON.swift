import Drift
import Registry

// The shapes of the registry's own API: times are RFC 3339, versions numbers.

extension JSON {
    /// - Parameter milliseconds: since 1970.
    static func time(_ milliseconds: Int64?) -> JSON {
        milliseconds.map { .text("\(Timestamp(milliseconds: $0))") } ?? .null
    }

    static func texts(_ tags: [Tag]) -> JSON {
        .object(Dictionary(tags.map { ($0.key, .text($0.value)) }, uniquingKeysWith: { $1 }))
    }

    static func standing(_ standing: Standing) -> [String: JSON] {
        [
            "champion": JSON(standing.champion), "candidate": JSON(standing.candidate),
            "previous": JSON(standing.previous), "epoch": .integer(standing.epoch),
        ].filter { $0.value != .null }
    }

    init(_ overview: ModelOverview) {
        let model = overview.model
        let members: [String: JSON] = [
            "name": .text(model.name), "description": .text(model.description),
            "protected": .bool(model.isProtected), "created": .time(model.created),
            "updated": .time(model.updated),
            "aliases": .array(
                model.aliases.map { ["alias": .text($0.alias), "version": .integer($0.version)] }),
            "versions": .array(overview.versions.map { .object(JSON.version($0)) }),
        ]
        self = .object(members.merging(JSON.standing(overview.standing)) { $1 })
    }

    static func version(_ version: ModelVersion) -> [String: JSON] {
        [
            "model": .text(version.model), "version": .integer(version.version),
            "created": .time(version.created), "stage": .text(version.stage.rawValue),
            "description": .text(version.description), "source": .text(version.source),
            "run": .text(version.run), "logged_model": JSON(version.loggedModel),
            "digest": JSON(version.digest), "aliases": .array(version.aliases.map(JSON.text)),
            "tags": .texts(version.tags),
        ].filter { $0.value != .null }
    }

    init(_ lineage: Lineage) {
        var members = JSON.version(lineage.version)
        members["files"] = .array(
            lineage.files.map {
                ["path": .text($0.path), "digest": .text($0.digest), "size": .integer($0.size)]
            })
        var origin = lineage.run.map(JSON.lineage) ?? [:]
        origin["registered_by"] = .text(lineage.version.creator)
        if let run = lineage.run {
            origin["run_name"] = .text(run.run.name)
            origin["params"] = .texts(run.params)
            origin["metrics"] = .metrics(of: run)
        }
        members["lineage"] = .object(origin.filter { $0.value != .null })
        self = .object(members)
    }

    static func run(_ record: RunRecord, of experiment: Experiment) -> JSON {
        [
            "run_id": .text(record.run.id), "name": .text(record.run.name),
            "experiment": .text(experiment.name), "experiment_id": .text("\(experiment.id)"),
            "status": .text(record.run.status.rawValue),
            "started": .time(record.run.startTime), "ended": .time(record.run.endTime),
            "user": .text(record.run.user), "params": .texts(record.params), "metrics": .metrics(of: record),
            "tags": .texts(record.tags), "lineage": .object(JSON.lineage(of: record)),
        ]
    }

    /// What made a run, as far as it was recorded.
    private static func lineage(of record: RunRecord) -> [String: JSON] {
        func tag(_ key: String) -> JSON { JSON(record.tags.first { $0.key == key }?.value) }
        return [
            "source": tag("mlflow.source.name"), "git_commit": tag("mlflow.source.git.commit"),
            "datasets": .list(record.datasets.map { JSON.mention(of: $0) }),
            "models_used": .list(record.modelInputs.map(JSON.text)),
            "models_made": .list(record.modelOutputs.map { .text($0.model) }),
        ].filter { $0.value != .null }
    }

    private static func metrics(of record: RunRecord) -> JSON {
        .object(Dictionary(record.metrics.map { ($0.key, JSON.double($0.value)) }, uniquingKeysWith: { $1 }))
    }

    private static func mention(of input: DatasetInput) -> JSON {
        [
            "name": .text(input.dataset.name), "digest": .text(input.dataset.digest),
            "context": JSON(input.tags.first { $0.key == "mlflow.data.context" }?.value),
        ]
    }

    init(_ use: DatasetUse) {
        self = [
            "name": .text(use.name), "digest": .text(use.digest),
            "source_type": .text(use.sourceType), "source": .text(use.source),
            "experiment_id": .text("\(use.experiment)"), "created": .time(use.created),
            "runs": .array(use.runs.map(JSON.text)),
        ]
    }

    init(_ move: AliasMove) {
        self = [
            "sequence": .integer(move.sequence), "epoch": .integer(move.epoch), "alias": .text(move.alias),
            "version": JSON(move.version), "previous": JSON(move.previous), "time": .time(move.time),
            "actor": .text(move.actor), "decision": JSON(move.decision), "reason": .text(move.reason),
            "evidence": JSON(move.evidence), "override": .bool(move.isOverride),
        ]
    }
}
