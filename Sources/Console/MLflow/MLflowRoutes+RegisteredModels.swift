import Hummingbird
import Registry

extension MLflowRoutes {
    func addRegisteredModels(to group: RouterGroup<RegistryContext>) {
        group.answer(.post, "registered-models/create", createRegisteredModel)
        group.answer(.get, "registered-models/get", getRegisteredModel)
        group.answer(.patch, "registered-models/update", updateRegisteredModel)
        group.answer(.post, "registered-models/rename", renameRegisteredModel)
        group.answer(.delete, "registered-models/delete", deleteRegisteredModel)
        group.answer(.get, "registered-models/search", searchRegisteredModels)
        group.answer(.post, "registered-models/set-tag", setRegisteredModelTag)
        group.answer(.delete, "registered-models/delete-tag", deleteRegisteredModelTag)
        group.answer(.post, "registered-models/get-latest-versions", getLatestVersions)
        group.answer(.get, "registered-models/get-latest-versions", getLatestVersions)
        group.answer(.post, "registered-models/alias", setRegisteredModelAlias)
        group.answer(.get, "registered-models/alias", getModelVersionByAlias)
        group.answer(.delete, "registered-models/alias", deleteRegisteredModelAlias)
    }

    private func createRegisteredModel(_ call: APICall) async throws -> JSON {
        let model = try await registry.createRegisteredModel(
            call.fields.requiredText("name"), description: call.fields.text("description") ?? "",
            tags: call.fields.tags(), by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func getRegisteredModel(_ call: APICall) async throws -> JSON {
        ["registered_model": JSON(try await registry.registeredModel(call.fields.requiredText("name")))]
    }

    private func updateRegisteredModel(_ call: APICall) async throws -> JSON {
        let model = try await registry.describe(
            registeredModel: call.fields.requiredText("name"), as: call.fields.text("description") ?? "",
            by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func renameRegisteredModel(_ call: APICall) async throws -> JSON {
        let model = try await registry.renameRegisteredModel(
            call.fields.requiredText("name"), to: call.fields.requiredText("new_name"), by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func deleteRegisteredModel(_ call: APICall) async throws -> JSON {
        try await registry.deleteRegisteredModel(call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }

    private func searchRegisteredModels(_ call: APICall) async throws -> JSON {
        let page = try await registry.search(
            RegisteredModelSearch(
                filter: call.fields.text("filter") ?? "", orderBy: call.fields.texts("order_by"),
                maxResults: call.fields.maxResults(default: 100), pageToken: call.fields.text("page_token")))
        return .page(page, as: "registered_models") { JSON($0) }
    }

    private func setRegisteredModelTag(_ call: APICall) async throws -> JSON {
        let name = try call.fields.requiredText("name")
        try await registry.setTag(call.fields.tag(), ofRegisteredModel: name, by: call.actor)
        return .nothing
    }

    private func deleteRegisteredModelTag(_ call: APICall) async throws -> JSON {
        let name = try call.fields.requiredText("name")
        try await registry.deleteTag(
            call.fields.requiredText("key"), ofRegisteredModel: name, by: call.actor)
        return .nothing
    }

    private func getLatestVersions(_ call: APICall) async throws -> JSON {
        let versions = try await registry.latestVersions(
            of: call.fields.requiredText("name"), stages: call.fields.texts("stages").map(RequestFields.stage)
        )
        return ["model_versions": .list(versions.map { JSON($0) })]
    }

    // MARK: Aliases

    private func setRegisteredModelAlias(_ call: APICall) async throws -> JSON {
        try await registry.setAlias(
            call.fields.requiredText("alias"), to: call.fields.version(),
            of: call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }

    private func getModelVersionByAlias(_ call: APICall) async throws -> JSON {
        let version = try await registry.modelVersion(
            named: call.fields.requiredText("alias"), of: call.fields.requiredText("name"))
        return ["model_version": JSON(version)]
    }

    private func deleteRegisteredModelAlias(_ call: APICall) async throws -> JSON {
        try await registry.deleteAlias(
            call.fields.requiredText("alias"), of: call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }
}

extension RequestFields {
    /// A stage, in any case.
    static func stage(_ text: String) throws -> ModelVersion.Stage {
        guard
            let stage = ModelVersion.Stage.allCases.first(where: {
                $0.rawValue.lowercased() == text.lowercased()
            })
        else {
            let known = ModelVersion.Stage.allCases.map(\.rawValue).joined(separator: ", ")
            throw MLflowError.invalid("Invalid Model Version stage: \(text). Value must be one of \(known).")
        }
        return stage
    }
}
