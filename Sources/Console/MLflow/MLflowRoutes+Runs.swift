import Foundation
import Hummingbird
import Registry

extension MLflowRoutes {
    func addRuns(to group: RouterGroup<RegistryContext>) {
        group.answer(.post, "runs/create", createRun)
        group.answer(.get, "runs/get", getRun)
        group.answer(.post, "runs/update", updateRun)
        group.answer(.post, "runs/delete", deleteRun)
        group.answer(.post, "runs/restore", restoreRun)
        group.answer(.post, "runs/search", searchRuns)
        group.answer(.post, "runs/log-batch", logBatch)
        group.answer(.post, "runs/log-metric", logMetric)
        group.answer(.post, "runs/log-parameter", logParam)
        group.answer(.post, "runs/set-tag", setTag)
        group.answer(.post, "runs/delete-tag", deleteTag)
        group.answer(.post, "runs/log-inputs", logInputs)
        group.answer(.post, "runs/outputs", logOutputs)
        group.answer(.post, "runs/log-model", logModel)
        group.answer(.get, "metrics/get-history", getMetricHistory)
        group.answer(.get, "metrics/get-history-bulk", getMetricHistories)
    }

    // MARK: Runs

    private func createRun(_ call: APICall) async throws -> JSON {
        let fields = call.fields
        let start = Run.Start(
            experiment: try fields.experiment(),
            name: try fields.nonEmptyText("run_name"), user: try fields.text("user_id") ?? "",
            startTime: try fields.integer("start_time") ?? 0, tags: try fields.tags())
        let request = await retried.identify(fields.canonical, from: call.sender, over: call.connection)
        return ["run": JSON(try await registry.createRun(start, request: request, by: call.actor))]
    }

    private func getRun(_ call: APICall) async throws -> JSON {
        ["run": JSON(try await registry.run(call.fields.run()))]
    }

    private func updateRun(_ call: APICall) async throws -> JSON {
        let run = try await registry.updateRun(
            call.fields.run(), status: call.fields.runStatus(), endTime: call.fields.integer("end_time"),
            name: call.fields.text("run_name"), by: call.actor)
        return ["run_info": JSON(run)]
    }

    private func deleteRun(_ call: APICall) async throws -> JSON {
        try await registry.deleteRun(call.fields.run(), by: call.actor)
        return .nothing
    }

    private func restoreRun(_ call: APICall) async throws -> JSON {
        try await registry.restoreRun(call.fields.run(), by: call.actor)
        return .nothing
    }

    private func searchRuns(_ call: APICall) async throws -> JSON {
        let page = try await registry.search(
            RunSearch(
                experiments: call.fields.texts("experiment_ids").map(RequestFields.experiment),
                filter: call.fields.text("filter") ?? "", view: call.fields.view("run_view_type"),
                orderBy: call.fields.texts("order_by"), maxResults: call.fields.maxResults(default: 1000),
                pageToken: call.fields.text("page_token")))
        return .page(page, as: "runs") { JSON($0) }
    }

    // MARK: What is logged

    private func logBatch(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        let batch = LogBatch(
            metrics: try call.fields.objects("metrics").map { try $0.measurement() },
            params: try call.fields.tags("params"), tags: try call.fields.tags())
        try await registry.log(batch, toRun: run, by: call.actor)
        return .nothing
    }

    private func logMetric(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        try await registry.logMetric(call.fields.measurement(), toRun: run, by: call.actor)
        return .nothing
    }

    private func logParam(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        try await registry.logParam(call.fields.tag(), toRun: run, by: call.actor)
        return .nothing
    }

    private func setTag(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        try await registry.setTag(call.fields.tag(), ofRun: run, by: call.actor)
        return .nothing
    }

    private func deleteTag(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        try await registry.deleteTag(
            call.fields.requiredText("key"), ofRun: run, by: call.actor)
        return .nothing
    }

    private func logInputs(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        try await registry.logInputs(
            datasets: call.fields.objects("datasets").map { try $0.datasetInput() },
            models: call.fields.objects("models").map { try $0.requiredText("model_id") },
            toRun: run, by: call.actor)
        return .nothing
    }

    private func logOutputs(_ call: APICall) async throws -> JSON {
        let run = try call.fields.run()
        let outputs = try call.fields.objects("models").map {
            ModelOutput(model: try $0.requiredText("model_id"), step: try $0.integer("step") ?? 0)
        }
        try await registry.logOutputs(outputs, toRun: run, by: call.actor)
        return .nothing
    }

    // MARK: Metrics

    private func getMetricHistory(_ call: APICall) async throws -> JSON {
        let page = try await registry.metricHistory(
            ofRun: call.fields.run(), key: call.fields.requiredText("metric_key"),
            maxResults: call.fields.integer("max_results").map { Int(clamping: $0) },
            pageToken: call.fields.text("page_token"))
        return .page(page, as: "metrics") { JSON($0) }
    }

    /// The histories of one metric in several runs, run by run.
    private func getMetricHistories(_ call: APICall) async throws -> JSON {
        let (runs, limit) = (try call.fields.texts("run_id"), try call.fields.maxResults(default: 25_000))
        guard !runs.isEmpty else {
            throw MLflowError.invalid("GetMetricHistoryBulk request must specify at least one run_id.")
        }
        guard let key = try call.fields.nonEmptyText("metric_key") else {
            throw MLflowError.invalid("GetMetricHistoryBulk request must specify a metric_key.")
        }
        var points: [JSON] = []
        for run in runs where points.count < limit {
            let page = try await registry.metricHistory(
                ofRun: run, key: key, maxResults: limit - points.count, pageToken: nil)
            points += page.items.map { JSON($0, ofRun: run) }
        }
        return ["metrics": .array(points)]
    }
}

// MARK: - Older clients

extension MLflowRoutes {
    /// Clients before MLflow 3 describe a model that they logged by a text of JSON, which is kept in a tag.
    private func logModel(_ call: APICall) async throws -> JSON {
        let text = try call.fields.requiredText("model_json")
        guard let model = try? JSON(parsing: Data(text.utf8)), case .object(let members) = model else {
            throw MLflowError.invalid("Malformed model info. \n \(text) \n is not a valid JSON.")
        }
        let missing = ["artifact_path", "flavors", "run_id", "utc_time_created"].filter { members[$0] == nil }
        guard missing.isEmpty else {
            let names = missing.map { "'\($0)'" }.joined(separator: ", ")
            throw MLflowError.invalid("Model json is missing mandatory fields: {\(names)}")
        }
        try await registry.appendToHistory(ofModels: text, ofRun: call.fields.run(), by: call.actor)
        return .nothing
    }
}

// MARK: - Fields

extension RequestFields {
    /// An unknown status is passed over, as MLflow's server does.
    fileprivate func runStatus() throws -> Run.Status? {
        if let number = try? integer("status") {
            let order: [Run.Status] = [.running, .scheduled, .finished, .failed, .killed]
            return (1...5).contains(number) ? order[Int(number) - 1] : nil
        }
        return try text("status").flatMap(Run.Status.init)
    }

    fileprivate func measurement() throws -> LogBatch.Measurement {
        let metric = Metric(
            key: try requiredText("key"), value: try required("value", number),
            timestamp: try requiredInteger("timestamp"), step: try integer("step") ?? 0)
        return LogBatch.Measurement(
            metric: metric, model: try nonEmptyText("model_id"), datasetName: try text("dataset_name") ?? "",
            datasetDigest: try text("dataset_digest") ?? "")
    }

    fileprivate func datasetInput() throws -> DatasetInput {
        guard let dataset = try object("dataset") else { throw missing("dataset") }
        return DatasetInput(
            dataset: Dataset(
                name: try dataset.requiredText("name"), digest: try dataset.requiredText("digest"),
                sourceType: try dataset.requiredText("source_type"),
                source: try dataset.requiredText("source"), schema: try dataset.text("schema"),
                profile: try dataset.text("profile")),
            tags: try tags())
    }
}
