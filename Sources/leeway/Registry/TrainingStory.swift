import Control
import Drift
import Foundation
import RegistryClient
import Retraining
import Rollouts

/// How a version came to be, as far as the registry knows: each part is there or it is not.
struct TrainingStory {
    var version: VersionSummary
    var request: RetrainSummary?
    var dataset: TrainingSetSummary?
    var record: TrainingRecord?
    var gate: GateReport?
    /// In which it was compared, oldest first.
    var rollouts: [RolloutSummary]
    /// Of its aliases, oldest first.
    var moves: [AliasMove]
    /// All of it as it came.
    var json: [String: Any]

    private static let parts = ["version", "request", "dataset", "training", "gate", "rollouts", "moves"]

    init(_ number: Int, of model: String, from client: RegistryClient) async throws {
        let answer = try await client.version(number, of: model)
        version = answer.value
        json = ["version": try JSONSerialization.jsonObject(with: answer.json)]
        let rollouts = try await client.rollouts(of: model, live: nil, limit: 1000)
        let compared = (rollouts.value["rollouts"] ?? []).filter { $0.versions.contains(number) }
        self.rollouts = compared.reversed()
        let every = try JSONSerialization.jsonObject(with: rollouts.json) as? [String: Any]
        json["rollouts"] = (every?["rollouts"] as? [[String: Any]] ?? []).filter { rollout in
            compared.contains { $0.id == rollout["id"] as? String }
        }
        let moves = try await client.history(of: model, alias: nil, limit: 1000)
        self.moves = (moves.value["moves"] ?? []).filter { $0.version == number || $0.previous == number }
            .reversed()
        let all = try JSONSerialization.jsonObject(with: moves.json) as? [String: Any]
        json["moves"] = (all?["moves"] as? [[String: Any]] ?? []).filter {
            $0["version"] as? Int == number || $0["previous"] as? Int == number
        }
        (record, json["training"]) = try await part(TrainingRecord.fileName, of: model, from: client)
        (gate, json["gate"]) = try await part("gate.json", of: model, from: client)
        try await readRequest(of: model, from: client)
        if let id = record?.dataset ?? version.tags["leeway.dataset"] {
            try await readDataset(id, of: model, from: client)
        }
    }

    /// One of the files that were pinned when the version was made, as a value and as it is.
    private func part<Value: Decodable>(
        _ path: String, of model: String, from client: RegistryClient
    ) async throws -> (value: Value?, json: Any?) {
        guard version.files?.contains(where: { $0.path == path }) == true else { return (nil, nil) }
        let data = try await client.file(path, ofVersion: version.version, of: model)
        return (
            try? JSONDecoder().decode(Value.self, from: data), try JSONSerialization.jsonObject(with: data)
        )
    }

    /// By the version's tag, or by what the request says that it led to.
    private mutating func readRequest(of model: String, from client: RegistryClient) async throws {
        if let id = version.tags["leeway.request"] { return try await readRequest(id, from: client) }
        let requests = try await client.retrainRequests(of: model, in: nil, limit: 1000).value
        let known = requests["retrain_requests"]?.first { $0.version == version.version }
        if let known { try await readRequest(known.id, from: client) }
    }

    private mutating func readRequest(_ id: String, from client: RegistryClient) async throws {
        guard
            let answer = try await orNothing({ () throws(RegistryClientError) in
                try await client.retrainRequest(id)
            })
        else { return }
        request = answer.value
        json["request"] = try JSONSerialization.jsonObject(with: answer.json)
    }

    private mutating func readDataset(
        _ id: String, of model: String, from client: RegistryClient
    ) async throws {
        guard
            let answer = try await orNothing({ () throws(RegistryClientError) in
                try await client.trainingSet(id, of: model)
            })
        else { return }
        dataset = answer.value
        json["dataset"] = try JSONSerialization.jsonObject(with: answer.json)
    }
}

/// `nil` for what the registry does not have.
func orNothing<Value>(
    _ ask: () async throws(RegistryClientError) -> Value
) async throws(RegistryClientError) -> Value? {
    do { return try await ask() } catch {
        guard error.kind == .notFound else { throw error }
        return nil
    }
}
