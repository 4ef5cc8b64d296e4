import Drift
import Hummingbird
import Registry

/// What the registry says of models beyond MLflow, under `/api/v1`: who serves, since when and why, and where it
/// came from.
struct ModelRoutes: Sendable {
    let registry: Registry

    func add(to router: Router<RegistryContext>) {
        let group = router.group("api/v1")
        group.answer(.get, "models", models)
        group.answer(.get, "models/:model", model)
        group.answer(.get, "models/:model/versions/:version", version)
        group.answer(.get, "models/:model/history", history)
        group.answer(.get, "models/:model/aliases/:alias", alias)
        group.answer(.post, "models/:model/promote", promote)
        group.answer(.post, "models/:model/rollback", rollback)
        group.answer(.post, "models/:model/candidate", nominate)
        group.answer(.put, "models/:model/protection", protect)
        group.answer(.get, "runs/:run", run)
        group.answer(.get, "datasets", datasets)
    }
}

// MARK: - Models

extension ModelRoutes {
    private func models(_ call: APICall) async throws -> JSON {
        ["models": .array(try await registry.modelOverviews().map { JSON($0) })]
    }

    private func model(_ call: APICall) async throws -> JSON {
        JSON(try await registry.modelOverview(call.parameter("model")))
    }

    private func version(_ call: APICall) async throws -> JSON {
        JSON(try await registry.lineage(ofVersion: call.versionInPath(), of: call.parameter("model")))
    }
}

// MARK: - Who serves

extension ModelRoutes {
    private func history(_ call: APICall) async throws -> JSON {
        let moves = try await registry.aliasMoves(
            of: call.parameter("model"), alias: call.fields.nonEmptyText("alias"), limit: call.limit())
        return ["moves": .array(moves.map { JSON($0) })]
    }

    /// What an alias named at a time, or names now.
    private func alias(_ call: APICall) async throws -> JSON {
        let (model, alias) = (try call.parameter("model"), try call.parameter("alias"))
        let move = try await registry.aliasMove(of: model, alias: alias, at: call.time("at") ?? .max)
        guard let move, let version = move.version else {
            throw RegistryError(.notFound, "The alias '\(alias)' of \(model) named no version then.")
        }
        return [
            "alias": .text(alias), "version": .integer(version), "epoch": .integer(move.epoch),
            "since": .time(move.time), "actor": .text(move.actor),
        ]
    }

    private func promote(_ call: APICall) async throws -> JSON {
        .object(
            JSON.standing(
                try await registry.promote(
                    call.fields.requiredInteger("version"), of: call.parameter("model"),
                    expecting: call.expected(), epoch: call.fields.integer("expect_epoch"),
                    for: call.decision(), by: call.actor)))
    }

    private func rollback(_ call: APICall) async throws -> JSON {
        .object(
            JSON.standing(
                try await registry.rollback(
                    call.parameter("model"), expecting: call.fields.integer("expect"), for: call.decision(),
                    by: call.actor)))
    }

    private func nominate(_ call: APICall) async throws -> JSON {
        .object(
            JSON.standing(
                try await registry.nominate(
                    call.fields.integer("version"), of: call.parameter("model"), expecting: call.expected(),
                    for: call.decision(), by: call.actor)))
    }

    private func protect(_ call: APICall) async throws -> JSON {
        let isProtected = try call.fields.required("protected", call.fields.flag)
        try await registry.protect(call.parameter("model"), isProtected, by: call.actor)
        return ["protected": .bool(isProtected)]
    }
}

// MARK: - Where it came from

extension ModelRoutes {
    private func run(_ call: APICall) async throws -> JSON {
        let record = try await registry.run(call.parameter("run"))
        return .run(record, of: try await registry.experiment(record.run.experiment))
    }

    private func datasets(_ call: APICall) async throws -> JSON {
        ["datasets": .array(try await registry.datasets(limit: call.limit()).map { JSON($0) })]
    }
}

// MARK: - What a call says

extension APICall {
    fileprivate func versionInPath() throws -> Int64 {
        let text = try parameter("version")
        guard let version = Int64(text) else {
            throw APIError.badParameter("version", "must be a number, was \"\(text)\"")
        }
        return version
    }

    /// Compare-and-swap means to say what is compared with: `null` for no version, but not nothing.
    fileprivate func expected() throws -> Int64? {
        guard fields.names("expect") else {
            throw APIError.badParameter(
                "expect",
                "must say which version has the alias now, so that nobody's move is undone; null for none")
        }
        return try fields.integer("expect")
    }

    fileprivate func decision() throws -> Decision {
        Decision(
            id: try fields.nonEmptyText("decision"), reason: try fields.text("reason") ?? "",
            evidence: try fields.nonEmptyText("evidence"))
    }

    func limit() throws -> Int {
        let limit = try fields.integer("limit") ?? 100
        guard (1...1000).contains(limit) else {
            throw APIError.badParameter("limit", "must be a whole number from 1 to 1000, was \(limit)")
        }
        return Int(limit)
    }

    /// An RFC 3339 time, as milliseconds since 1970.
    fileprivate func time(_ name: String) throws -> Int64? {
        guard let text = try fields.nonEmptyText(name) else { return nil }
        // In a query a plus stands for a space, and not everyone escapes it.
        guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text.replacing(" ", with: "+")) else {
            throw APIError.badParameter(name, "must be a time such as 2026-11-24T03:00:00Z, was \"\(text)\"")
        }
        return time.nanoseconds.flooredDivision(by: 1_000_000).quotient
    }
}
