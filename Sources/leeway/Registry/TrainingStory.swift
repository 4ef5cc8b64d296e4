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
    /// Of its aliases, oldest first.
    var moves: [AliasMove]
    /// All of it as it came.
    var json: [String: Any]

    private static let parts = ["version", "request", "dataset", "training", "gate", "moves"]

    init(_ number: Int, of model: String, from client: RegistryClient) async throws {
        let answer = try await client.version(number, of: model)
        version = answer.value
        json = ["version": try JSONSerialization.jsonObject(with: answer.json)]
        let moves = try await client.history(of: model, alias: nil, limit: 1000)
        self.moves = (moves.value["moves"] ?? []).filter { $0.version == number || $0.previous == number }
            .reversed()
        let all = try JSONSerialization.jsonObject(with: moves.json) as? [String: Any]
        json["moves"] = (all?["moves"] as? [[String: Any]] ?? []).filter {
            $0["version"] as? Int == number || $0["previous"] as? Int == number
        }
        if let run = version.run, !run.isEmpty { try await readRun(run, from: client) }
        if let id = version.tags["leeway.request"] { try await readRequest(id, from: client) }
        if let id = record?.dataset ?? version.tags["leeway.dataset"] {
            try await readDataset(id, of: model, from: client)
        }
    }

    private mutating func readRun(_ run: String, from client: RegistryClient) async throws {
        (record, json["training"]) = try await StoryPart(TrainingRecord.path, ofRun: run, from: client).parts
        (gate, json["gate"]) = try await StoryPart("gate.json", ofRun: run, from: client).parts
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

/// A file of a run, where there is one.
private struct StoryPart<Value: Decodable> {
    var parts: (value: Value?, json: Any?)

    init(_ path: String, ofRun run: String, from client: RegistryClient) async throws {
        let data = try await orNothing { () throws(RegistryClientError) in
            try await client.file(path, ofRun: run)
        }
        guard let data else {
            parts = (nil, nil)
            return
        }
        parts = (
            try? JSONDecoder().decode(Value.self, from: data), try JSONSerialization.jsonObject(with: data)
        )
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
