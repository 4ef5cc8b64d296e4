import RegistryClient
import Rollouts

/// The registry, as far as rollouts are concerned.
struct EvidenceRegistry: Sendable {
    /// What became of a report.
    enum Reception: Equatable, Sendable {
        case taken
        /// The rollout is over, or there never was one of that id.
        case unwanted
    }

    /// Who serves a model, and what is compared; `nil` of a model that the registry does not have.
    var route: @Sendable (_ model: String) async throws -> RolloutRoute?
    var report: @Sendable (EvidenceReport, _ rollout: String) async throws -> Reception
}

extension EvidenceRegistry {
    /// - Parameter client: made anew for each question: the token may have been replaced.
    init(_ client: @escaping @Sendable () throws -> RegistryClient) {
        route = { model in
            do {
                return try await client().get("/api/v1/models/\(model.percentEncoded)/route").value
            } catch let error as RegistryClientError where error.kind == .notFound {
                return nil
            }
        }
        report = { report, rollout in
            do {
                _ = try await client().send(
                    "POST", "/api/v1/rollouts/\(rollout.percentEncoded)/evidence", body: report,
                    as: Acknowledgement.self)
                return .taken
            } catch let error as RegistryClientError where [.notFound, .conflict].contains(error.kind) {
                return .unwanted
            }
        }
    }

    private struct Acknowledgement: Decodable {}
}
