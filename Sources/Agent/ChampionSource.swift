import Drift
import Foundation
import RegistryClient

/// A version that serves, and what its inputs and answers looked like when it was trained.
struct Champion: Sendable {
    let version: Int64
    /// As the registry has it.
    let json: Data
    let reference: Reference

    /// - Throws: `AgentError` when the file is no sound reference.
    init(version: Int64, json: Data) throws(AgentError) {
        (self.version, self.json) = (version, json)
        do {
            var reference = try Reference(json: json)
            // Its file was written before the version had a number.
            reference.modelVersion = reference.modelVersion ?? "\(version)"
            self.reference = reference
        } catch {
            throw AgentError("the reference of version \(version) cannot be used: \(error)")
        }
    }
}

/// Where a model's champion, and its reference, are asked for.
struct ChampionSource: Sendable {
    static let fileName = "reference.json"

    let model: String
    let interval: Duration
    /// Made anew for each question: the token may have been replaced.
    let registry: @Sendable () throws -> RegistryClient

    /// - Throws: `AgentError` when there is no champion; `RegistryClientError`.
    func version() async throws -> Int64 {
        let found = try await registry().model(model).value
        guard let champion = found.champion else {
            throw AgentError("the registry has no champion of \(model)")
        }
        return Int64(champion)
    }

    /// - Throws: `AgentError` when the version has no reference that can be used; `RegistryClientError`.
    func champion(_ version: Int64) async throws -> Champion {
        let registry = try registry()
        let files = try await registry.version(Int(version), of: model).value.files ?? []
        let paths = files.map(\.path).filter {
            $0 == ChampionSource.fileName || $0.hasSuffix("/" + ChampionSource.fileName)
        }
        guard let path = paths.min(by: { $0.utf8.count < $1.utf8.count }) else {
            throw AgentError(
                "version \(version), the champion, has no \(ChampionSource.fileName) among its files; log one with "
                    + "the model, made by: leeway reference build")
        }
        return try Champion(
            version: version, json: await registry.file(path, ofVersion: Int(version), of: model))
    }
}

extension AgentConfiguration {
    func championSource(of stream: StreamConfiguration) -> ChampionSource? {
        guard case .registry = stream.reference, let registryClient else { return nil }
        return ChampionSource(model: stream.model, interval: registryInterval, registry: registryClient)
    }

    /// Speaks to the registry, each time with the token that its file has then; `nil` where there is no registry.
    var registryClient: (@Sendable () throws -> RegistryClient)? {
        guard let registry else { return nil }
        let token = registryToken
        return { RegistryClient(address: registry.text, token: try token(), userAgent: Agent.userAgent) }
    }
}
