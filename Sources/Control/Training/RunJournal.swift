import Foundation
import Registry
import Retraining
import Rollouts

/// Writes a training down as an MLflow run.
struct RunJournal: Sendable {
    let registry: Registry
    let run: Run
    private let root: ArtifactPath

    /// The key of the tag that names the request.
    static let requestTag = "leeway.request"

    /// Begins the run, in the experiment that is called as the model is.
    static func begin(_ record: RetrainRecord, _ set: TrainingSet, in registry: Registry) async throws
        -> RunJournal
    {
        let cause = record.request.cause
        let start = Run.Start(
            experiment: try await registry.experimentForTraining(record.model),
            name: "retrain-\(record.id.prefix(12))", user: "leeway", startTime: registry.now,
            tags: [
                Tag(key: "mlflow.user", value: "leeway"),
                Tag(key: "mlflow.source.name", value: "leeway registry"),
                Tag(key: "mlflow.source.type", value: "JOB"),
                Tag(key: "mlflow.note.content", value: "\(cause.trigger.rawValue): \(cause.reason)"),
                Tag(key: requestTag, value: record.id),
                Tag(key: "leeway.trigger", value: cause.trigger.rawValue),
                Tag(key: "leeway.dataset", value: set.id),
            ])
        let run = try await registry.createRun(start, by: .registry).run
        try await registry.logInputs(
            datasets: [
                DatasetInput(
                    dataset: Dataset(set), tags: [Tag(key: "mlflow.data.context", value: "training")])
            ], models: [], toRun: run.id, by: .registry)
        guard let root = try ArtifactPath.resolving(run.artifactURI) else {
            preconditionFailure("the experiment's artifacts are here, and so are its runs'")
        }
        return RunJournal(registry: registry, run: run, root: root)
    }

    func end(_ status: Run.Status) async throws {
        _ = try await registry.updateRun(
            run.id, status: status, endTime: registry.now, name: nil, by: .registry)
    }

    // MARK: What is known of it

    func log(params: [String: String]) async throws {
        for part in params.sorted(by: { $0.key < $1.key }).chunks(of: 100) {
            let batch = LogBatch(params: part.map { Tag(key: $0.key, value: $0.value) })
            try await registry.log(batch, toRun: run.id, by: .registry)
        }
    }

    func log(tags: [String: String]) async throws {
        let all = tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
        try await registry.log(LogBatch(tags: all), toRun: run.id, by: .registry)
    }

    /// - Parameter metrics: with the step of each.
    func log(metrics: [(key: String, value: Double, step: Int64)]) async throws {
        let time = registry.now
        for part in metrics.chunks(of: 1000) {
            let batch = LogBatch(
                metrics: part.map {
                    LogBatch.Measurement(
                        metric: Metric(key: $0.key, value: $0.value, timestamp: time, step: $0.step))
                })
            try await registry.log(batch, toRun: run.id, by: .registry)
        }
    }

    // MARK: Its files

    func put(_ data: Data, _ path: String) async throws {
        try await registry.put(data, at: root.appending(ArtifactPath(path)), by: .registry)
    }

    func put(file: String, _ path: String) async throws {
        try await registry.put(file: file, at: root.appending(ArtifactPath(path)), by: .registry)
    }

    /// Makes a folder of files a logged model of the run.
    ///
    /// - Returns: what a version of it is made from.
    func logModel(_ folder: ModelFiles, metrics: [String: Double]) async throws -> ModelVersion.Origin {
        let model = try await registry.createLoggedModel(
            inExperiment: run.experiment, name: "model", sourceRun: run.id, modelType: nil, params: [],
            tags: [], by: .registry)
        guard let place = try ArtifactPath.resolving(model.artifactURI) else {
            throw TrainingFailure("\(model.artifactURI) is beyond the registry")
        }
        for path in folder.paths {
            try await registry.put(
                file: "\(folder.root)/\(path)", at: place.appending(ArtifactPath(path)), by: .registry)
        }
        _ = try await registry.finalize(loggedModel: model.id, .ready, by: .registry)
        try await registry.logOutputs([ModelOutput(model: model.id, step: 0)], toRun: run.id, by: .registry)
        try await log(metrics: metrics, of: model.id)
        return ModelVersion.Origin(source: "models:/\(model.id)", run: run.id, loggedModel: model.id)
    }

    private func log(metrics: [String: Double], of model: String) async throws {
        let time = registry.now
        let all = metrics.sorted { $0.key < $1.key }.map { key, value in
            LogBatch.Measurement(
                metric: Metric(key: key, value: value, timestamp: time, step: 0), model: model)
        }
        try await registry.log(LogBatch(metrics: all), toRun: run.id, by: .registry)
    }
}

extension Registry {
    /// The experiment that is called as the model is.
    fileprivate func experimentForTraining(_ model: String) async throws -> Int64 {
        guard let experiment = try await ifThere({ try await experiment(named: model) }) else {
            return try await createExperiment(model, by: .registry)
        }
        guard experiment.stage == .active else {
            throw TrainingFailure("the experiment '\(model)' is deleted: restore it, or rename it")
        }
        guard try ArtifactPath.resolving(experiment.artifactLocation) != nil else {
            throw TrainingFailure(
                "the experiment '\(model)' keeps its artifacts at \(experiment.artifactLocation), beyond the registry: "
                    + "rename it, and another is made")
        }
        return experiment.id
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
