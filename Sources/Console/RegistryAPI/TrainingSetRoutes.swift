import Drift
import Foundation
import Hummingbird
import Registry
import Retraining

/// Files that models are trained on, under `/api/v1`: announced, uploaded in pieces that may break off, inspected.
struct TrainingSetRoutes: Sendable {
    let registry: Registry

    func add(to router: Router<RegistryContext>) {
        let group = router.group("api/v1")
        group.answer(.get, "training-sets", list)
        group.post("models/:model/training-sets", use: offer)
        group.get("models/:model/training-sets/:id", use: show)
        group.patch("models/:model/training-sets/:id", use: receive)
        group.answer(.delete, "models/:model/training-sets/:id", delete)
        group.get("models/:model/training-sets/:id/content", use: content)
        group.get("models/:model/training-sets/:id/reference", use: reference)
    }

    private func list(_ call: APICall) async throws -> JSON {
        let sets = try await registry.trainingSets(
            of: call.fields.nonEmptyText("model"), idPrefix: (call.fields.text("id") ?? "").lowercased(),
            limit: call.limit())
        return ["training_sets": .array(sets.map { .object(JSON.trainingSet($0)) })]
    }

    private func delete(_ call: APICall) async throws -> JSON {
        let id = try call.parameter("id").lowercased()
        try await registry.deleteTrainingSet(id, of: call.parameter("model"), by: call.actor)
        return ["deleted": .text(id)]
    }
}

// MARK: - Uploads

extension TrainingSetRoutes {
    private func offer(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let call = try await APICall(request, context)
        let (offer, model) = (try call.fields.decoded(as: TrainingSetOffer.self), try call.parameter("model"))
        return try await storing(offer.sha256, context) {
            try response(await registry.offer(offer, for: model, by: call.actor), of: model)
        }
    }

    private func show(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let (model, id) = try context.trainingSet()
        return try response(await registry.trainingSetProgress(id, of: model), of: model)
    }

    /// Takes in the bytes from `Upload-Offset` on. What has come when a connection breaks is kept.
    private func receive(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let (model, id) = try context.trainingSet()
        let offset = try request.uploadOffset()
        return try await storing(id, context) {
            let upload = try await registry.upload(ofTrainingSet: id, of: model, at: offset)
            try await request.receive { try await upload.write($0) }
            return try response(await registry.finish(upload, by: context.actor), of: model)
        }
    }

    private func storing(
        _ id: String, _ context: RegistryContext, _ body: () async throws -> Response
    ) async throws -> Response {
        do {
            return try await body()
        } catch let error as BlobStoreError where error.isStorageFailure {
            context.logger.error("cannot store dataset \(id): \(error)")
            throw RegistryError(.exhausted, "The registry cannot store dataset \(id): \(error)")
        }
    }

    private func response(_ progress: TrainingSetProgress, of model: String) throws -> Response {
        let (offset, size): (Int64, Int64) =
            switch progress {
            case .uploading(let offer, let offset): (offset, offer.size)
            case .kept(let set): (set.offer.size, set.offer.size)
            }
        return .json(
            try JSON(progress, of: model), headers: [.uploadOffset: "\(offset)", .uploadLength: "\(size)"])
    }
}

// MARK: - Downloads

extension TrainingSetRoutes {
    private func content(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let (model, id) = try context.trainingSet()
        let (artifact, content) = try registry.content(of: await registry.trainingSet(id, of: model))
        return try ArtifactResponse(artifact: artifact, content: content).answer(request)
    }

    private func reference(_ request: Request, _ context: RegistryContext) async throws -> Response {
        let (model, id) = try context.trainingSet()
        let set = try await registry.trainingSet(id, of: model)
        let (artifact, content) = try await registry.reference(of: set)
        return try ArtifactResponse(artifact: artifact, content: content).answer(request)
    }
}

// MARK: - What a call says

extension RegistryContext {
    fileprivate func trainingSet() throws -> (model: String, id: String) {
        (try parameters.decoded("model"), try parameters.decoded("id").lowercased())
    }
}

extension Request {
    fileprivate func uploadOffset() throws -> Int64 {
        let text = headers[.uploadOffset] ?? ""
        guard let offset = Int64(text), offset >= 0 else {
            throw APIError.badParameter(
                "Upload-Offset", "must say at which byte the piece begins, as a header; was \"\(text)\"")
        }
        return offset
    }
}

extension HTTPFields.Element.Name {
    /// As in tus and in the IETF's draft of resumable uploads: how many bytes there are.
    fileprivate static let uploadOffset = Self("Upload-Offset")!
    /// … and how many there will be.
    fileprivate static let uploadLength = Self("Upload-Length")!
}

// MARK: - Shapes

extension JSON {
    fileprivate init(_ progress: TrainingSetProgress, of model: String) throws {
        switch progress {
        case .uploading(let offer, let offset):
            self = [
                "id": .text(offer.sha256), "model": .text(model), "state": .text("uploading"),
                "offset": .integer(offset), "size": .integer(offer.size),
            ]
        case .kept(let set):
            var members = JSON.trainingSet(set)
            members["schema"] = try JSON(parsing: JSONEncoder().encode(set.offer.schema))
            self = .object(members)
        }
    }

    fileprivate static func trainingSet(_ set: TrainingSet) -> [String: JSON] {
        var members: [String: JSON] = [
            "id": .text(set.id), "model": .text(set.model), "state": .text(set.state.rawValue),
            "size": .integer(set.offer.size), "format": .text(set.format.rawValue),
            "created": .time(set.created), "created_by": .text(set.createdBy),
            "source": .object(set.offer.source.mapValues(JSON.text)),
        ]
        if !set.reason.isEmpty { members["reason"] = .text(set.reason) }
        guard let facts = set.facts else { return members }
        let found: [String: JSON] = [
            "rows": .integer(Int64(facts.rows)), "labelled": .integer(Int64(facts.labelled)),
            "label_column": .text(facts.labelColumn), "time_column": JSON(facts.timeColumn),
            "first": .moment(facts.first), "last": .moment(facts.last),
            "label_cutoff": .moment(facts.labelCutoff), "reference": .text(facts.reference),
        ]
        return members.merging(found.filter { $0.value != .null }) { $1 }
    }

    private static func moment(_ time: Timestamp?) -> JSON { time.map { .text("\($0)") } ?? .null }
}
