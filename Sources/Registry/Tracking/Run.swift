/// One execution of training or evaluation code.
package struct Run: Equatable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case running = "RUNNING"
        case scheduled = "SCHEDULED"
        case finished = "FINISHED"
        case failed = "FAILED"
        case killed = "KILLED"
    }

    /// 32 hexadecimal digits.
    package var id: String
    package var experiment: Int64
    package var name: String
    package var user: String
    package var status: Status
    /// Milliseconds since 1970, as `endTime` is.
    package var startTime: Int64?
    package var endTime: Int64?
    package var artifactURI: String
    package var stage: LifecycleStage
}

/// A run with all that was logged to it: of each metric the latest point.
package struct RunRecord: Equatable, Sendable {
    package var run: Run
    package var metrics: [Metric]
    package var params: [Tag]
    package var tags: [Tag]
    package var datasets: [DatasetInput]
    /// Ids of logged models the run used.
    package var modelInputs: [String]
    package var modelOutputs: [ModelOutput]
}

/// A dataset as a run describes it; `name` and `digest` identify it within an experiment.
package struct Dataset: Hashable, Codable, Sendable {
    package var name: String
    package var digest: String
    package var sourceType: String
    /// JSON text, as `schema` and `profile` are.
    package var source: String
    package var schema: String?
    package var profile: String?

    package init(
        name: String, digest: String, sourceType: String, source: String, schema: String?, profile: String?
    ) {
        (self.name, self.digest, self.sourceType) = (name, digest, sourceType)
        (self.source, self.schema, self.profile) = (source, schema, profile)
    }
}

/// A dataset that a run used, and what for: the tag `mlflow.data.context`.
package struct DatasetInput: Equatable, Sendable {
    package var dataset: Dataset
    package var tags: [Tag]

    package init(dataset: Dataset, tags: [Tag]) { (self.dataset, self.tags) = (dataset, tags) }
}

/// A logged model that a run made.
package struct ModelOutput: Equatable, Sendable {
    package var model: String
    package var step: Int64

    package init(model: String, step: Int64) { (self.model, self.step) = (model, step) }
}
