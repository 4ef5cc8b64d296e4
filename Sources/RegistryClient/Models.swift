package import Drift
package import Foundation

/// A registered model, as the registry's API shows it.
package struct ModelSummary: Decodable, Sendable {
    package struct Alias: Decodable, Sendable {
        package var alias: String
        package var version: Int
    }

    package var name: String
    package var description: String
    package var protected: Bool
    package var created: Timestamp
    package var updated: Timestamp
    package var champion: Int?
    package var candidate: Int?
    package var previous: Int?
    package var epoch: Int
    package var aliases: [Alias]
    package var versions: [VersionSummary]
}

package struct VersionSummary: Decodable, Sendable {
    package struct File: Decodable, Sendable {
        package var path: String
        package var digest: String
        package var size: Int64
    }

    package var model: String
    package var version: Int
    package var created: Timestamp
    package var stage: String
    package var description: String
    package var source: String
    package var run: String?
    package var loggedModel: String?
    package var digest: String?
    package var aliases: [String]
    package var tags: [String: String]
    /// Of a version asked for by itself, as the lineage is.
    package var files: [File]?
    package var lineage: [String: AnyJSON]?

    private enum CodingKeys: String, CodingKey {
        case model, version, created, stage, description, source, run, digest, aliases, tags, files, lineage
        case loggedModel = "logged_model"
    }
}

/// An alias was moved, or taken away.
package struct AliasMove: Decodable, Sendable {
    package var sequence: Int
    package var epoch: Int
    package var alias: String
    package var version: Int?
    package var previous: Int?
    package var time: Timestamp
    package var actor: String
    package var decision: String?
    package var reason: String
    package var evidence: String?
    package var override: Bool
}

/// What an alias named at some time.
package struct AliasState: Decodable, Sendable {
    package var alias: String
    package var version: Int
    package var epoch: Int
    package var since: Timestamp
}

/// Where a promotion or a rollback left a model.
package struct Promotion: Decodable, Sendable {
    package var epoch: Int
    package var champion: Int?
    package var previous: Int?
}

extension RegistryClient {
    package func models() async throws(RegistryClientError) -> Answer<[String: [ModelSummary]]> {
        try await get("/api/v1/models")
    }

    package func model(_ name: String) async throws(RegistryClientError) -> Answer<ModelSummary> {
        try await get(path(name))
    }

    package func version(
        _ version: Int, of model: String
    ) async throws(RegistryClientError) -> Answer<VersionSummary> {
        try await get(path(model) + "/versions/\(version)")
    }

    /// One of the files that were pinned when the version was made.
    ///
    /// - Parameter path: relative to the version's directory.
    package func file(
        _ path: String, ofVersion version: Int, of model: String
    ) async throws(RegistryClientError) -> Data {
        let steps = ["versions", model, "\(version)"] + path.split(separator: "/").map(String.init)
        return try await bytes(
            "/api/2.0/mlflow-artifacts/artifacts/" + steps.map(\.percentEncoded).joined(separator: "/"))
    }

    package func history(
        of model: String, alias: String?, limit: Int
    ) async throws(RegistryClientError) -> Answer<[String: [AliasMove]]> {
        try await get(path(model) + "/history", query: [("alias", alias), ("limit", "\(limit)")])
    }

    package func alias(
        _ alias: String, of model: String, at time: String
    ) async throws(RegistryClientError) -> Answer<AliasState> {
        try await get(path(model) + "/aliases/\(alias.percentEncoded)", query: [("at", time)])
    }

    /// Makes a version the champion, if `expected` still is: `nil` for nobody.
    package func promote(
        _ version: Int, of model: String, expecting expected: Int?, decision: String?, reason: String?
    ) async throws(RegistryClientError) -> Answer<Promotion> {
        let body: [String: AnyJSON] = [
            "version": .number(Double(version)), "expect": AnyJSON(expected), "decision": AnyJSON(decision),
            "reason": AnyJSON(reason),
        ]
        return try await send("POST", path(model) + "/promote", body: body)
    }

    /// - Parameter expected: the champion to be replaced; `nil` for whichever it is.
    package func rollBack(
        _ model: String, expecting expected: Int?, reason: String?
    ) async throws(RegistryClientError) -> Answer<Promotion> {
        var body: [String: AnyJSON] = [:]
        if let expected { body["expect"] = AnyJSON(expected) }
        if let reason { body["reason"] = AnyJSON(reason) }
        return try await send("POST", path(model) + "/rollback", body: body)
    }

    package func protect(
        _ model: String, _ isProtected: Bool
    ) async throws(RegistryClientError) -> Answer<[String: AnyJSON]> {
        try await send("PUT", path(model) + "/protection", body: ["protected": isProtected])
    }

    private func path(_ model: String) -> String { "/api/v1/models/\(model.percentEncoded)" }
}
