import Registry

extension MLflowRoutes {
    func addRegisteredModels(_ endpoints: MLflowEndpoints) {
        endpoints.post("registered-models/create", createRegisteredModel)
        endpoints.get("registered-models/get", getRegisteredModel)
        endpoints.patch("registered-models/update", updateRegisteredModel)
        endpoints.post("registered-models/rename", renameRegisteredModel)
        endpoints.delete("registered-models/delete", deleteRegisteredModel)
        endpoints.get("registered-models/search", searchRegisteredModels)
        endpoints.post("registered-models/set-tag", setRegisteredModelTag)
        endpoints.delete("registered-models/delete-tag", deleteRegisteredModelTag)
        endpoints.post("registered-models/get-latest-versions", getLatestVersions)
        endpoints.get("registered-models/get-latest-versions", getLatestVersions)
        endpoints.post("registered-models/alias", setRegisteredModelAlias)
        endpoints.get("registered-models/alias", getModelVersionByAlias)
        endpoints.delete("registered-models/alias", deleteRegisteredModelAlias)
    }

    private func createRegisteredModel(_ call: MLflowCall) async throws -> JSON {
        let model = try await registry.createRegisteredModel(
            call.fields.requiredText("name"), description: call.fields.text("description") ?? "",
            tags: call.fields.tags(), by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func getRegisteredModel(_ call: MLflowCall) async throws -> JSON {
        ["registered_model": JSON(try await registry.registeredModel(call.fields.requiredText("name")))]
    }

    private func updateRegisteredModel(_ call: MLflowCall) async throws -> JSON {
        let model = try await registry.describe(
            registeredModel: call.fields.requiredText("name"), as: call.fields.text("description") ?? "",
            by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func renameRegisteredModel(_ call: MLflowCall) async throws -> JSON {
        let model = try await registry.renameRegisteredModel(
            call.fields.requiredText("name"), to: call.fields.requiredText("new_name"), by: call.actor)
        return ["registered_model": JSON(model)]
    }

    private func deleteRegisteredModel(_ call: MLflowCall) async throws -> JSON {
        try await registry.deleteRegisteredModel(call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }

    private func searchRegisteredModels(_ call: MLflowCall) async throws -> JSON {
        let page = try await registry.search(
            RegisteredModelSearch(
                filter: call.fields.text("filter") ?? "", orderBy: call.fields.texts("order_by"),
                maxResults: call.fields.maxResults(default: 100), pageToken: call.fields.text("page_token")))
        return .page(page, as: "registered_models") { JSON($0) }
    }

    private func setRegisteredModelTag(_ call: MLflowCall) async throws -> JSON {
        let name = try call.fields.requiredText("name")
        try await registry.setTag(call.fields.tag(), ofRegisteredModel: name, by: call.actor)
        return .nothing
    }

    private func deleteRegisteredModelTag(_ call: MLflowCall) async throws -> JSON {
        let name = try call.fields.requiredText("name")
        try await registry.deleteTag(
            call.fields.requiredText("key"), ofRegisteredModel: name, by: call.actor)
        return .nothing
    }

    private func getLatestVersions(_ call: MLflowCall) async throws -> JSON {
        let versions = try await registry.latestVersions(
            of: call.fields.requiredText("name"), stages: call.fields.texts("stages").map(MLflowFields.stage))
        return ["model_versions": .list(versions.map { JSON($0) })]
    }

    // MARK: Aliases

    private func setRegisteredModelAlias(_ call: MLflowCall) async throws -> JSON {
        try await registry.setAlias(
            call.fields.requiredText("alias"), to: call.fields.version(),
            of: call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }

    private func getModelVersionByAlias(_ call: MLflowCall) async throws -> JSON {
        let version = try await registry.modelVersion(
            named: call.fields.requiredText("alias"), of: call.fields.requiredText("name"))
        return ["model_version": JSON(version)]
    }

    private func deleteRegisteredModelAlias(_ call: MLflowCall) async throws -> JSON {
        try await registry.deleteAlias(
            call.fields.requiredText("alias"), of: call.fields.requiredText("name"), by: call.actor)
        return .nothing
    }
}

extension MLflowFields {
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
