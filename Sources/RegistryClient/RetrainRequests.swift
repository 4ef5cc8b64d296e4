package import Drift
package import Retraining

/// A request to train a model again, as the registry's API shows it.
package struct RetrainSummary: Decodable, Sendable {
    package var id: String
    package var model: String
    package var state: String
    package var reason: String
    package var trigger: String
    package var proposed: Timestamp
    package var proposedBy: String
    package var proposals: Int
    package var waitsUntil: Timestamp?
    package var accepted: Timestamp?
    package var finished: Timestamp?
    package var coveredBy: String?
    package var worker: String?
    package var run: String?
    package var version: Int?
    package var request: RetrainRequest

    private enum CodingKeys: String, CodingKey {
        case id, model, state, reason, trigger, proposed, proposals, accepted, finished, worker, run, version
        case request
        case proposedBy = "proposed_by"
        case waitsUntil = "waits_until"
        case coveredBy = "covered_by"
    }
}

/// What a breaker had counted when it was closed.
package struct ClosedBreaker: Decodable, Sendable {
    package var model: String
    package var setbacks: Int
}

extension RegistryClient {
    package func propose(
        _ event: RetrainRequested
    ) async throws(RegistryClientError) -> Answer<RetrainSummary> {
        try await send("POST", "/api/v1/retrain-requests", body: event)
    }

    /// Newest first.
    package func retrainRequests(
        of model: String?, in state: String?, limit: Int
    ) async throws(RegistryClientError) -> Answer<[String: [RetrainSummary]]> {
        try await get(
            "/api/v1/retrain-requests", query: [("model", model), ("state", state), ("limit", "\(limit)")])
    }

    package func retrainRequest(_ id: String) async throws(RegistryClientError) -> Answer<RetrainSummary> {
        try await get(path(id))
    }

    /// Says what rows a request is to be trained on that has none.
    ///
    /// - Parameter dataset: the id of a training set.
    package func giveDataset(
        _ dataset: String, toRetrainRequest id: String
    ) async throws(RegistryClientError) -> Answer<RetrainSummary> {
        try await send(
            "PUT", path(id) + "/dataset", body: ["uri": DatasetLocation.kept(id: dataset).uri])
    }

    package func cancelRetrainRequest(
        _ id: String, reason: String?
    ) async throws(RegistryClientError) -> Answer<RetrainSummary> {
        try await send("POST", path(id) + "/cancel", body: ["reason": AnyJSON(reason)])
    }

    /// Says what another trainer made of a request.
    package func finishRetrainRequest(
        _ id: String, outcome: String, version: Int?, run: String?, reason: String?
    ) async throws(RegistryClientError) -> Answer<RetrainSummary> {
        let fields = [
            "outcome": AnyJSON(outcome), "version": AnyJSON(version), "run": AnyJSON(run),
            "reason": AnyJSON(reason),
        ]
        return try await send("POST", path(id) + "/finish", body: fields)
    }

    package func closeRetrainBreaker(
        of model: String, reason: String?
    ) async throws(RegistryClientError) -> Answer<ClosedBreaker> {
        try await send(
            "POST", "/api/v1/models/\(model.percentEncoded)/retrain-breaker/close",
            body: ["reason": AnyJSON(reason)])
    }

    /// The id of the one request that is meant by its id or the beginning of it.
    package func id(ofRetrainRequest text: String) async throws(RegistryClientError) -> String {
        if text.utf8.count == 64 { return text }
        let all = try await retrainRequests(of: nil, in: nil, limit: 1000).value["retrain_requests"] ?? []
        let found = all.map(\.id).filter { $0.hasPrefix(text.lowercased()) }
        guard let id = found.first else {
            throw RegistryClientError(
                .notFound, address, "no retrain request begins with \(text); `leeway retrain list` has them")
        }
        guard found.count == 1 else {
            throw RegistryClientError(
                .notFound, address,
                "several retrain requests begin with \(text): \(found.joined(separator: ", "))")
        }
        return id
    }

    private func path(_ id: String) -> String { "/api/v1/retrain-requests/\(id.percentEncoded)" }
}
