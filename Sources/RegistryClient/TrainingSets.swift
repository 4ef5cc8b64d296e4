package import Drift
package import Foundation

/// A file that a model is trained on, as the registry's API shows it.
package struct TrainingSetSummary: Decodable, Sendable {
    package enum State: String, Decodable, Sendable { case uploading, inspecting, ready, unusable }

    /// The SHA-256 of the file.
    package var id: String
    package var model: String
    package var state: State
    package var reason: String?
    package var size: Int64
    /// While it is uploading: how much is there.
    package var offset: Int64?
    package var format: String?
    package var rows: Int?
    package var labelled: Int?
    package var labelColumn: String?
    package var timeColumn: String?
    package var first: Timestamp?
    package var last: Timestamp?
    package var labelCutoff: Timestamp?
    package var reference: String?
    package var source: [String: String]?
    package var created: Timestamp?
    package var createdBy: String?

    private enum CodingKeys: String, CodingKey {
        case id, model, state, reason, size, offset, format, rows, labelled, first, last, reference, source
        case created
        case labelColumn = "label_column"
        case timeColumn = "time_column"
        case labelCutoff = "label_cutoff"
        case createdBy = "created_by"
    }
}

/// What was deleted.
package struct DeletedTrainingSet: Decodable, Sendable {
    package var deleted: String
}

extension RegistryClient {
    /// Newest first.
    ///
    /// - Parameter id: how ids begin; `nil` for all.
    package func trainingSets(
        of model: String?, id: String? = nil, limit: Int
    ) async throws(RegistryClientError) -> Answer<[String: [TrainingSetSummary]]> {
        try await get(
            "/api/v1/training-sets", query: [("model", model), ("id", id), ("limit", "\(limit)")])
    }

    package func trainingSet(
        _ id: String, of model: String
    ) async throws(RegistryClientError) -> Answer<TrainingSetSummary> {
        try await get(path(model, id))
    }

    package func deleteTrainingSet(
        _ id: String, of model: String
    ) async throws(RegistryClientError) -> Answer<DeletedTrainingSet> {
        try await send("DELETE", path(model, id), body: [String: String]())
    }

    /// The reference file that its features make.
    package func reference(
        ofTrainingSet id: String, of model: String
    ) async throws(RegistryClientError) -> Data {
        try await bytes(path(model, id) + "/reference")
    }

    /// The one training set that is meant by its id or the beginning of it.
    package func trainingSet(
        named text: String, of model: String?
    ) async throws(RegistryClientError) -> TrainingSetSummary {
        let found = try await trainingSets(of: model, id: text, limit: 5).value["training_sets"] ?? []
        guard let set = found.first else {
            throw RegistryClientError(
                .notFound, address, "no dataset begins with \(text); `leeway dataset list` has them")
        }
        guard found.count == 1 else {
            let names = found.map { "\($0.id.prefix(16)) of \($0.model)" }.joined(separator: ", ")
            throw RegistryClientError(
                .notFound, address, "several datasets begin with \(text): \(names); give more, or --model")
        }
        return set
    }

    func path(_ model: String, _ id: String) -> String {
        "/api/v1/models/\(model.percentEncoded)/training-sets/\(id.percentEncoded)"
    }
}
