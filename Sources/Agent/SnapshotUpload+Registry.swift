import Logging
import RegistryClient

extension SnapshotUpload.Registry {
    /// - Parameters:
    ///   - agent: who is said to have captured the rows.
    ///   - client: made anew for each question: the token may have been replaced.
    init(agent: String, _ client: @escaping @Sendable () throws -> RegistryClient) {
        wanted = { model in
            let client = try client()
            let requests = try await client.requestsWithoutRows(of: model)
            let wanted = requests.map { SnapshotUpload.Wanted(purpose: .request, id: $0) }
            return try await wanted + client.rowsForShadow(of: model, from: agent)
        }
        upload = { snapshot in
            try await client().upload(
                snapshot.path, for: snapshot.model, schema: snapshot.schema,
                source: [
                    "agent": agent, snapshot.wanted.purpose.rawValue: snapshot.wanted.id,
                    "content": snapshot.contents.digest,
                ]
            ).value.id
        }
        give = { dataset, wanted in
            do {
                switch wanted.purpose {
                case .request: _ = try await client().giveDataset(dataset, toRetrainRequest: wanted.id)
                case .rollout: try await client().giveRows(dataset, toRollout: wanted.id, from: agent)
                }
                return .taken
            } catch let error as RegistryClientError where error.kind == .conflict {
                return .unwanted(reason: error.reason)
            }
        }
    }
}

extension RegistryClient {
    /// A registry that knows of no such model, or of no rollouts, wants none.
    fileprivate func rowsForShadow(
        of model: String, from agent: String
    ) async throws(RegistryClientError) -> [SnapshotUpload.Wanted] {
        do {
            return try await wantedRows(of: model, from: agent).map {
                SnapshotUpload.Wanted(purpose: .rollout, id: $0.rollout, since: $0.since)
            }
        } catch {
            guard error.kind == .notFound else { throw error }
            return []
        }
    }

    /// The requests that may be trained, and name nothing to be trained on.
    fileprivate func requestsWithoutRows(of model: String) async throws -> [String] {
        var found: Set<String> = []
        for state in ["accepted", "running"] {
            let requests = try await retrainRequests(of: model, in: state, limit: 100).value
            let bare = (requests["retrain_requests"] ?? []).filter { $0.request.dataset == nil }
            found.formUnion(bare.map(\.id))
        }
        return found.sorted()
    }
}

extension SnapshotUpload {
    /// `nil` where there is no registry.
    init?(_ configuration: AgentConfiguration, logger: Logger) {
        guard let client = configuration.registryClient else { return nil }
        self.init(
            state: configuration.state, registry: Registry(agent: configuration.name, client), logger: logger)
    }
}

extension StreamConfiguration {
    /// Captured rows go to the registry where the stream has to do with one.
    var bringsRows: Bool { capture != nil && (retrain != nil || reference == .registry) }
}
