import Hummingbird
import Registry

extension MLflowRoutes {
    func addExperiments(to group: RouterGroup<RegistryContext>) {
        group.answer(.post, "experiments/create", createExperiment)
        group.answer(.get, "experiments/get", getExperiment)
        group.answer(.get, "experiments/get-by-name", getExperimentByName)
        group.answer(.post, "experiments/update", updateExperiment)
        group.answer(.post, "experiments/delete", deleteExperiment)
        group.answer(.post, "experiments/restore", restoreExperiment)
        group.answer(.post, "experiments/set-experiment-tag", setExperimentTag)
        group.answer(.post, "experiments/delete-experiment-tag", deleteExperimentTag)
        group.answer(.post, "experiments/search", searchExperiments)
        group.answer(.get, "experiments/search", searchExperiments)
    }

    private func createExperiment(_ call: APICall) async throws -> JSON {
        let id = try await registry.createExperiment(
            call.fields.requiredText("name"), artifactLocation: call.fields.nonEmptyText("artifact_location"),
            tags: call.fields.tags(), by: call.actor)
        return ["experiment_id": .text("\(id)")]
    }

    private func getExperiment(_ call: APICall) async throws -> JSON {
        ["experiment": JSON(try await registry.experiment(call.fields.experiment()))]
    }

    private func getExperimentByName(_ call: APICall) async throws -> JSON {
        let name = try call.fields.requiredText("experiment_name")
        return ["experiment": JSON(try await registry.experiment(named: name))]
    }

    private func updateExperiment(_ call: APICall) async throws -> JSON {
        try await registry.renameExperiment(
            call.fields.experiment(), to: call.fields.requiredText("new_name"), by: call.actor)
        return .nothing
    }

    private func deleteExperiment(_ call: APICall) async throws -> JSON {
        try await registry.deleteExperiment(call.fields.experiment(), by: call.actor)
        return .nothing
    }

    private func restoreExperiment(_ call: APICall) async throws -> JSON {
        try await registry.restoreExperiment(call.fields.experiment(), by: call.actor)
        return .nothing
    }

    private func setExperimentTag(_ call: APICall) async throws -> JSON {
        try await registry.setTag(
            call.fields.tag(), ofExperiment: call.fields.experiment(), by: call.actor)
        return .nothing
    }

    private func deleteExperimentTag(_ call: APICall) async throws -> JSON {
        try await registry.deleteTag(
            call.fields.requiredText("key"), ofExperiment: call.fields.experiment(), by: call.actor)
        return .nothing
    }

    private func searchExperiments(_ call: APICall) async throws -> JSON {
        let page = try await registry.search(
            ExperimentSearch(
                filter: call.fields.text("filter") ?? "", view: call.fields.view("view_type"),
                orderBy: call.fields.texts("order_by"), maxResults: call.fields.maxResults(default: 0),
                pageToken: call.fields.text("page_token")))
        return .page(page, as: "experiments") { JSON($0) }
    }
}

extension RequestFields {
    func nonEmptyText(_ name: String) throws -> String? {
        try text(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// MLflow's `ViewType`, by name or by number.
    func view(_ name: String) throws -> StageView {
        let text = try? text(name)
        let number = text == nil ? try integer(name) : nil
        switch (text, number) {
        case ("DELETED_ONLY", _), (_, 2): return .deleted
        case ("ALL", _), (_, 3): return .all
        default: return .active
        }
    }

    func maxResults(default standard: Int) throws -> Int {
        Int(clamping: try integer("max_results") ?? Int64(standard))
    }
}
