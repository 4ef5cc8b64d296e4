import Drift
import Foundation
import Hummingbird
import Registry
import Retraining

/// Requests to train a model again, under `/api/v1`: anyone proposes, the registry decides.
struct RetrainRoutes: Sendable {
    let registry: Registry

    func add(to router: Router<RegistryContext>) {
        let group = router.group("api/v1")
        group.answer(.post, "retrain-requests", propose)
        group.answer(.get, "retrain-requests", list)
        group.answer(.get, "retrain-requests/:request", show)
        group.answer(.put, "retrain-requests/:request/dataset", giveDataset)
        group.answer(.post, "retrain-requests/:request/cancel", cancel)
        group.answer(.post, "retrain-requests/:request/finish", finish)
        group.answer(.post, "models/:model/retrain-breaker/close", closeBreaker)
    }

    /// Takes in a CloudEvent. Whatever is decided, the answer is 200 and says it: the request has arrived.
    private func propose(_ call: APICall) async throws -> JSON {
        let event = try call.fields.decoded(as: RetrainRequested.self)
        return try JSON(await registry.propose(event.data, by: call.actor))
    }

    private func list(_ call: APICall) async throws -> JSON {
        let records = try await registry.retrainRequests(
            of: call.fields.nonEmptyText("model"), in: call.retrainState(), limit: call.limit())
        return ["retrain_requests": .array(try records.map { try JSON($0) })]
    }

    private func show(_ call: APICall) async throws -> JSON {
        try JSON(await registry.retrainRequest(call.parameter("request")))
    }

    private func giveDataset(_ call: APICall) async throws -> JSON {
        try JSON(
            await registry.giveDataset(call.keptDataset(), to: call.parameter("request"), by: call.actor))
    }

    private func cancel(_ call: APICall) async throws -> JSON {
        try JSON(
            await registry.cancelRetrainRequest(
                call.parameter("request"), reason: call.fields.text("reason") ?? "", by: call.actor))
    }

    /// What another trainer made of it.
    private func finish(_ call: APICall) async throws -> JSON {
        try JSON(
            await registry.finishRetrainRequest(
                call.parameter("request"), call.outcome(), by: call.actor))
    }

    private func closeBreaker(_ call: APICall) async throws -> JSON {
        let model = try call.parameter("model")
        let setbacks = try await registry.closeRetrainBreaker(
            of: model, reason: call.fields.text("reason") ?? "", by: call.actor)
        return ["model": .text(model), "setbacks": .integer(Int64(setbacks))]
    }
}

// MARK: - What a call says

extension APICall {
    fileprivate func outcome() throws -> RetrainOutcome {
        let (version, run) = (try fields.integer("version"), try fields.nonEmptyText("run"))
        let reason = try fields.nonEmptyText("reason") ?? "says \(actor.name)"
        guard reason.utf8.count <= 1000 else {
            throw APIError.badParameter("reason", "must have at most 1000 bytes")
        }
        switch try fields.required("outcome", fields.nonEmptyText) {
        case "candidate":
            return .candidate(version: try fields.requiredInteger("version"), run: run ?? "")
        case "rejected": return .rejected(version: version, run: run, reason: reason)
        case "failed": return .failed(run: run, reason: reason)
        case let other:
            throw APIError.badParameter(
                "outcome", "must be candidate, rejected or failed, was \"\(other)\"")
        }
    }

    fileprivate func retrainState() throws -> RetrainRecord.State? {
        guard let text = try fields.nonEmptyText("state") else { return nil }
        guard let state = RetrainRecord.State(rawValue: text) else {
            let states = RetrainRecord.State.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.badParameter("state", "must be one of \(states), was \"\(text)\"")
        }
        return state
    }

    /// The id of the registry's own training set that a body names by its `uri`.
    func keptDataset() throws -> String {
        let uri = try fields.nonEmptyText("uri") ?? ""
        guard case .kept(let id)? = DatasetLocation(uri: uri) else {
            throw APIError.badParameter(
                "uri",
                "must be datasets:/ and the 64 digits of a dataset's id, was \"\(uri.prefix(200))\"")
        }
        return id
    }
}

// MARK: - Figures

extension MetricFamily {
    static func retrainRequests(_ counts: [RetrainRecord.State: Int64]) -> MetricFamily {
        MetricFamily(
            name: "leeway_registry_retrain_requests", help: "Requests to train a model again, by state.",
            kind: .gauge,
            samples: RetrainRecord.State.allCases.map {
                MetricFamily.Sample(Double(counts[$0] ?? 0), labels: [("state", $0.rawValue)])
            })
    }

    static func retrainSetbacks(_ setbacks: [(model: String, count: Int64)]) -> MetricFamily {
        MetricFamily(
            name: "leeway_registry_retrain_setbacks",
            help:
                "Trainings in a row that came to nothing; so many as [registry.retrain] says open the breaker.",
            kind: .gauge,
            samples: setbacks.map { MetricFamily.Sample(Double($0.count), labels: [("model", $0.model)]) })
    }
}

// MARK: - Shapes

extension JSON {
    init(_ record: RetrainRecord) throws {
        let request = record.request
        let encoder = JSONEncoder()
        self = [
            "id": .text(record.id), "model": .text(record.model), "state": .text(record.state.rawValue),
            "reason": .text(record.reason), "trigger": .text(request.cause.trigger.rawValue),
            "proposed": .time(record.proposed), "proposed_by": .text(record.proposedBy),
            "proposals": .integer(record.proposals), "waits_until": .time(record.waitsUntil),
            "accepted": .time(record.accepted), "finished": .time(record.finished),
            "covered_by": JSON(record.coveredBy), "worker": JSON(record.worker),
            "attempts": .integer(record.attempts), "run": JSON(record.run), "version": JSON(record.version),
            "request": try JSON(parsing: encoder.encode(request)),
        ]
    }
}
