import Hummingbird
import Registry

extension MLflowRoutes {
    func addModelVersions(to group: RouterGroup<RegistryContext>) {
        group.answer(.post, "model-versions/create", createModelVersion)
        group.answer(.get, "model-versions/get", getModelVersion)
        group.answer(.patch, "model-versions/update", updateModelVersion)
        group.answer(.delete, "model-versions/delete", deleteModelVersion)
        group.answer(.get, "model-versions/search", searchModelVersions)
        group.answer(.get, "model-versions/get-download-uri", getDownloadURI)
        group.answer(.post, "model-versions/transition-stage", transitionStage)
        group.answer(.post, "model-versions/set-tag", setModelVersionTag)
        group.answer(.delete, "model-versions/delete-tag", deleteModelVersionTag)
    }

    private func createModelVersion(_ call: APICall) async throws -> JSON {
        let fields = call.fields
        let origin = ModelVersion.Origin(
            source: try fields.requiredText("source"), run: try fields.text("run_id") ?? "",
            loggedModel: try fields.nonEmptyText("model_id"), runLink: try fields.text("run_link") ?? "")
        let version = try await registry.createModelVersion(
            of: fields.requiredText("name"), from: origin, description: fields.text("description") ?? "",
            tags: fields.tags(), by: call.actor)
        return ["model_version": JSON(version)]
    }

    private func getModelVersion(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        return ["model_version": JSON(try await registry.modelVersion(version, of: model))]
    }

    private func updateModelVersion(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        let updated = try await registry.describe(
            version: version, of: model, as: call.fields.text("description") ?? "", by: call.actor)
        return ["model_version": JSON(updated)]
    }

    private func deleteModelVersion(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        try await registry.deleteModelVersion(version, of: model, by: call.actor)
        return .nothing
    }

    private func searchModelVersions(_ call: APICall) async throws -> JSON {
        let page = try await registry.search(
            ModelVersionSearch(
                filter: call.fields.text("filter") ?? "", orderBy: call.fields.texts("order_by"),
                maxResults: call.fields.maxResults(default: 10_000), pageToken: call.fields.text("page_token")
            ))
        return .page(page, as: "model_versions") { JSON($0) }
    }

    private func getDownloadURI(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        let uri = try await registry.downloadURI(ofVersion: version, of: model, by: call.actor)
        return ["artifact_uri": .text(uri)]
    }

    private func transitionStage(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        let moved = try await registry.transition(
            version: version, of: model, to: RequestFields.stage(call.fields.requiredText("stage")),
            archivesOthers: call.fields.flag("archive_existing_versions") ?? false, by: call.actor)
        return ["model_version": JSON(moved)]
    }

    private func setModelVersionTag(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        try await registry.setTag(call.fields.tag(), ofVersion: version, of: model, by: call.actor)
        return .nothing
    }

    private func deleteModelVersionTag(_ call: APICall) async throws -> JSON {
        let (model, version) = try call.fields.modelAndVersion()
        try await registry.deleteTag(
            call.fields.requiredText("key"), ofVersion: version, of: model, by: call.actor)
        return .nothing
    }
}

extension RequestFields {
    fileprivate func modelAndVersion() throws -> (model: String, version: Int64) {
        (try requiredText("name"), try version())
    }
}
