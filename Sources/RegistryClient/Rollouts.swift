package import Drift
import Foundation
import Retraining
package import Rollouts

/// A rollout, as the registry's API shows it.
package struct RolloutSummary: Decodable, Sendable {
    package var id: String
    package var model: String
    package var phase: String
    package var since: Timestamp
    package var control: Int
    package var candidates: [Int]
    package var reason: String
    package var request: String?
    package var alert: String?
    package var created: Timestamp
    package var createdBy: String
    /// When an agent reported last.
    package var heard: Timestamp?
    package var ended: Timestamp?
    package var launch: RolloutLaunch
    package var policy: RolloutPolicy
    package var policyDigest: String
    package var conclusion: RolloutConclusion
    /// The step that a person must agree to.
    package var awaiting: String?
    /// `nil` before a candidate has served anyone.
    package var comparison: RolloutRoute.Comparison?
    /// Of rollouts asked for by themselves, as all that follows.
    package var progress: RolloutProgress?
    package var state: RolloutState?
    package var shadow: ShadowSummary?
    /// By candidates, of the gates that have judged them.
    package var holdouts: [GateReport.HoldoutReuse?]?

    package var versions: [Int] { [control] + candidates }

    private enum CodingKeys: String, CodingKey {
        case id, model, phase, since, control, candidates, reason, request, alert, created, heard, ended
        case launch, policy, conclusion, awaiting, comparison, progress, state, shadow, holdouts
        case createdBy = "created_by"
        case policyDigest = "policy_digest"
    }
}

/// A rollout's shadow, as the registry's API shows it.
package struct ShadowSummary: Decodable, Sendable {
    /// Rows that an agent has brought.
    package struct Gift: Decodable, Sendable {
        package var agent: String
        package var dataset: String
        package var state: String
        package var given: Timestamp
    }

    /// What scoring them has come to.
    package struct Result: Decodable, Sendable {
        package var reports: [ShadowReport?]
        package var obstacle: String?
        package var unscorable: [Int: String]
        package var repeated: Int
    }

    /// Earlier rows are not used.
    package var since: Timestamp
    package var rows: [Gift]
    package var scored: Timestamp?
    package var result: Result?
    package var holdout: GateReport.HoldoutReuse?
}

/// Rows that a rollout's shadow is to be cast on.
package struct WantedRowsSummary: Decodable, Sendable {
    package var rollout: String
    package var since: Timestamp
}

extension RegistryClient {
    /// The rows of a model that an agent is asked for.
    package func wantedRows(
        of model: String, from agent: String
    ) async throws(RegistryClientError) -> [WantedRowsSummary] {
        let answer: Answer<[String: [WantedRowsSummary]]> = try await get(
            "/api/v1/models/\(model.percentEncoded)/wanted-rows", query: [("agent", agent)])
        return answer.value["wanted_rows"] ?? []
    }

    /// Says which training set an agent has brought for a rollout's shadow.
    package func giveRows(
        _ dataset: String, toRollout id: String, from agent: String
    ) async throws(RegistryClientError) {
        let body = ["agent": agent, "uri": DatasetLocation.kept(id: dataset).uri]
        let _: Answer<RolloutSummary> = try await send("PUT", path(id) + "/rows", body: body)
    }

    /// - Parameters:
    ///   - candidates: none for the version that is named `candidate`.
    ///   - policy: what is to differ from the registry's own; JSON.
    package func startRollout(
        of model: String, candidates: [Int], policy: AnyJSON?, reason: String?
    ) async throws(RegistryClientError) -> Answer<RolloutSummary> {
        var body: [String: AnyJSON] = [
            "model": .text(model), "candidates": .array(candidates.map { .number(Double($0)) }),
            "reason": AnyJSON(reason),
        ]
        body["policy"] = policy
        return try await send("POST", "/api/v1/rollouts", body: body)
    }

    /// Newest first.
    package func rollouts(
        of model: String?, live: Bool?, limit: Int
    ) async throws(RegistryClientError) -> Answer<[String: [RolloutSummary]]> {
        try await get(
            "/api/v1/rollouts",
            query: [("model", model), ("live", live.map { "\($0)" }), ("limit", "\(limit)")])
    }

    package func rollout(_ id: String) async throws(RegistryClientError) -> Answer<RolloutSummary> {
        try await get(path(id))
    }

    /// The decision log, a line each.
    ///
    /// - Parameter first: lines to leave out.
    package func decisions(
        ofRollout id: String, after first: Int = 0
    ) async throws(RegistryClientError) -> [String] {
        let text = String(decoding: try await bytes(path(id) + "/decisions?after=\(first)"), as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    package func tell(
        _ command: RolloutCommand.Kind, toRollout id: String, reason: String?
    ) async throws(RegistryClientError) -> Answer<RolloutSummary> {
        try await send("POST", path(id) + "/\(command.rawValue)", body: ["reason": AnyJSON(reason)])
    }

    /// The id of the one rollout that is meant by its id or the beginning of it.
    package func id(ofRollout text: String) async throws(RegistryClientError) -> String {
        if text.utf8.count == 32 { return text }
        let all = try await rollouts(of: nil, live: nil, limit: 1000).value["rollouts"] ?? []
        let found = all.map(\.id).filter { $0.hasPrefix(text.lowercased()) }
        guard let id = found.first else {
            throw RegistryClientError(
                .notFound, address, "no rollout begins with \(text); `leeway rollout list` has them")
        }
        guard found.count == 1 else {
            throw RegistryClientError(
                .notFound, address, "several rollouts begin with \(text): \(found.joined(separator: ", "))")
        }
        return id
    }

    private func path(_ id: String) -> String { "/api/v1/rollouts/\(id.percentEncoded)" }
}
