import Hummingbird
import Registry

extension MLflowRoutes {
    func addLoggedModels(to group: RouterGroup<RegistryContext>) {
        group.answer(.post, "logged-models", createLoggedModel)
        group.answer(.post, "logged-models/search", searchLoggedModels)
        group.answer(.get, "logged-models/:model", getLoggedModel)
        group.answer(.patch, "logged-models/:model", finalizeLoggedModel)
        group.answer(.delete, "logged-models/:model", deleteLoggedModel)
        group.answer(.post, "logged-models/:model/params", logLoggedModelParams)
        group.answer(.patch, "logged-models/:model/tags", setLoggedModelTags)
        group.answer(.delete, "logged-models/:model/tags/:key", deleteLoggedModelTag)
    }

    private func createLoggedModel(_ call: APICall) async throws -> JSON {
        let model = try await registry.createLoggedModel(
            inExperiment: call.fields.experiment(), name: call.fields.nonEmptyText("name"),
            sourceRun: call.fields.nonEmptyText("source_run_id"), modelType: call.fields.text("model_type"),
            params: call.fields.tags("params"), tags: call.fields.tags(), by: call.actor)
        return ["model": JSON(model)]
    }

    private func getLoggedModel(_ call: APICall) async throws -> JSON {
        ["model": JSON(try await registry.loggedModel(call.parameter("model")))]
    }

    private func finalizeLoggedModel(_ call: APICall) async throws -> JSON {
        let model = try await registry.finalize(
            loggedModel: call.fields.requiredText("model_id"), call.fields.loggedModelStatus(), by: call.actor
        )
        return ["model": JSON(model)]
    }

    private func deleteLoggedModel(_ call: APICall) async throws -> JSON {
        try await registry.deleteLoggedModel(call.parameter("model"), by: call.actor)
        return .nothing
    }

    private func logLoggedModelParams(_ call: APICall) async throws -> JSON {
        try await registry.log(
            params: call.fields.tags("params"), toLoggedModel: call.parameter("model"), by: call.actor)
        return .nothing
    }

    private func setLoggedModelTags(_ call: APICall) async throws -> JSON {
        try await registry.set(
            tags: call.fields.tags(), ofLoggedModel: call.parameter("model"), by: call.actor)
        return .nothing
    }

    private func deleteLoggedModelTag(_ call: APICall) async throws -> JSON {
        try await registry.deleteTag(
            call.parameter("key"), ofLoggedModel: call.parameter("model"), by: call.actor)
        return .nothing
    }

    private func searchLoggedModels(_ call: APICall) async throws -> JSON {
        let fields = call.fields
        guard fields.has("experiment_ids") else { throw fields.missing("experiment_ids") }
        let experiments = try fields.texts("experiment_ids").map(RequestFields.experiment)
        let page = try await registry.search(
            LoggedModelSearch(
                experiments: experiments, filter: fields.text("filter") ?? "",
                datasets: fields.objects("datasets").map { try $0.measuredDataset() },
                orderBy: fields.objects("order_by").map {
                    .init(
                        fieldName: try $0.text("field_name") ?? "",
                        ascending: try $0.flag("ascending") ?? true,
                        datasetName: try $0.nonEmptyText("dataset_name"),
                        datasetDigest: try $0.nonEmptyText("dataset_digest"))
                },
                maxResults: fields.maxResults(default: 100), pageToken: fields.text("page_token")))
        return .page(page, as: "models") { JSON($0) }
    }
}

extension RequestFields {
    fileprivate func measuredDataset() throws -> LoggedModelSearch.Dataset {
        guard let name = try nonEmptyText("dataset_name") else {
            throw MLflowError.invalid("`dataset_name` in the `datasets` clause must be specified.")
        }
        return LoggedModelSearch.Dataset(name: name, digest: try nonEmptyText("dataset_digest"))
    }

    fileprivate func loggedModelStatus() throws -> LoggedModel.Status {
        if let number = try? integer("status"), (1...3).contains(number) {
            return LoggedModel.Status.allCases[Int(number) - 1]
        }
        let text = try requiredText("status")
        guard let status = LoggedModel.Status(rawValue: text) else {
            let known = LoggedModel.Status.allCases.map(\.rawValue).joined(separator: ", ")
            throw MLflowError.invalid("Invalid logged model status '\(text)'. It must be one of \(known).")
        }
        return status
    }
}
