import Drift
import Foundation
import Hummingbird
import Registry
import Rollouts

/// Champion against candidates, under `/api/v1`: who serves whom, what agents saw of it, and what people say to it.
struct RolloutRoutes: Sendable {
    let registry: Registry

    func add(to router: Router<RegistryContext>) {
        let group = router.group("api/v1")
        group.answer(.get, "models/:model/route", route)
        group.answer(.get, "models/:model/assignment", assignment)
        group.answer(.post, "rollouts", start)
        group.answer(.get, "rollouts", list)
        group.answer(.get, "rollouts/:rollout", show)
        group.answer(.get, "rollouts/:rollout/sequence", sequence)
        group.get("rollouts/:rollout/decisions") { try await decisions(APICall($0, $1)) }
        group.answer(.post, "rollouts/:rollout/evidence", takeEvidence)
        group.answer(.get, "models/:model/wanted-rows", wantedRows)
        group.answer(.put, "rollouts/:rollout/rows", giveRows)
        for command in RolloutCommand.Kind.allCases {
            group.answer(.post, "rollouts/:rollout/\(command.rawValue)") { try await tell(command, $0) }
        }
    }

    // MARK: Who serves whom

    private func route(_ call: APICall) async throws -> JSON {
        try JSON(parsing: await registry.route(of: call.parameter("model")).json)
    }

    private func assignment(_ call: APICall) async throws -> JSON {
        let unit = try call.fields.required("unit", call.fields.text)
        let route = try await registry.route(of: call.parameter("model"))
        guard let comparison = route.rollout else {
            return [
                "model": .text(route.model), "epoch": .integer(route.epoch), "unit": .text(unit),
                "version": JSON(route.champion),
            ]
        }
        let stage = comparison.stages.count - 1
        let arm = try comparison.assignment(inStage: stage).arm(of: unit)
        return [
            "model": .text(route.model), "epoch": .integer(route.epoch), "unit": .text(unit),
            "version": .integer(comparison.version(of: arm, inStage: stage)), "arm": .text("\(arm)"),
            "rollout": .text(comparison.id),
        ]
    }

    // MARK: Rollouts

    private func start(_ call: APICall) async throws -> JSON {
        try JSON(await registry.start(call.rolloutProposal(over: registry.rolloutPolicy), by: call.actor))
    }

    private func list(_ call: APICall) async throws -> JSON {
        let records = try await registry.rollouts(
            of: call.fields.nonEmptyText("model"), live: call.fields.flag("live"), limit: call.limit())
        return ["rollouts": .array(try records.map { try JSON($0) })]
    }

    private func show(_ call: APICall) async throws -> JSON {
        let record = try await registry.rollout(call.parameter("rollout"))
        let summary = try JSON(record, await registry.progress(of: record))
        guard case .object(let members) = summary else { return summary }
        return try await .object(members.merging(details(record)) { $1 })
    }

    /// What is told of a rollout that is asked for by itself.
    private func details(_ record: RolloutRecord) async throws -> [String: JSON] {
        let holdouts = try await registry.holdoutReuse(ofCandidatesIn: record)
        var details: [String: JSON] = [
            "state": try JSON(parsing: Data(CanonicalJSON.encode(record.state).utf8)),
            "holdouts": try JSON(parsing: JSONEncoder().encode(holdouts)),
        ]
        guard let shadow = try await registry.shadow(of: record) else { return details }
        let reuse = try await registry.holdoutReuse(byJudge: record.id, of: record.model)
        details["shadow"] = try JSON(shadow, reuse)
        return details
    }

    private static let mostPoints = 500

    private func sequence(_ call: APICall) async throws -> JSON {
        let record = try await registry.rollout(call.parameter("rollout"))
        let sequence = try await registry.sequence(of: record).thinned(to: RolloutRoutes.mostPoints)
        return try JSON(parsing: JSONEncoder().encode(sequence))
    }

    /// The log of decisions, a line each, as they were written; without the first `after` of them.
    private func decisions(_ call: APICall) async throws -> Response {
        let lines = try await registry.rolloutDecisions(
            of: call.parameter("rollout"), after: call.fields.integer("after") ?? 0)
        return .text(lines.map { $0 + "\n" }.joined(), type: "application/x-ndjson")
    }

    private func takeEvidence(_ call: APICall) async throws -> JSON {
        let report = try call.fields.decoded(as: EvidenceReport.self)
        try await registry.take(report, forRollout: call.parameter("rollout"), by: call.actor)
        return [:]
    }

    /// What the registry asks an agent for, to score candidates on.
    private func wantedRows(_ call: APICall) async throws -> JSON {
        let wanted = try await registry.wantedRows(
            of: call.parameter("model"), from: call.fields.required("agent", call.fields.nonEmptyText))
        return [
            "wanted_rows": .array(
                wanted.map { ["rollout": .text($0.rollout), "since": .text("\($0.since)")] })
        ]
    }

    private func giveRows(_ call: APICall) async throws -> JSON {
        let agent = try call.fields.required("agent", call.fields.nonEmptyText)
        return try JSON(
            await registry.giveRows(
                call.keptDataset(), toRollout: call.parameter("rollout"), from: agent, by: call.actor))
    }

    private func tell(_ command: RolloutCommand.Kind, _ call: APICall) async throws -> JSON {
        let reason = try call.fields.text("reason") ?? ""
        guard reason.utf8.count <= 1000 else {
            throw APIError.badParameter("reason", "must have at most 1000 bytes")
        }
        return try JSON(
            await registry.tell(
                command, toRollout: call.parameter("rollout"), reason: reason, by: call.actor))
    }
}

// MARK: - What a call says

extension APICall {
    /// - Parameter standard: what the policy is where the call does not say otherwise.
    fileprivate func rolloutProposal(over standard: RolloutPolicy) throws -> RolloutProposal {
        RolloutProposal(
            model: try fields.required("model", fields.nonEmptyText),
            candidates: try fields.integers("candidates"), policy: try rolloutPolicy(over: standard),
            reason: try fields.text("reason") ?? "", request: try fields.nonEmptyText("request"))
    }

    private func rolloutPolicy(over standard: RolloutPolicy) throws -> RolloutPolicy {
        guard let changes = fields.json("policy") else { return standard }
        let whole = try JSON(parsing: JSONEncoder().encode(standard)).overlaid(
            with: changes, replacing: ["hard", "soft"])
        guard case .object(let members) = whole else {
            throw APIError.badParameter("policy", "must be an object")
        }
        return try RequestFields(members, path: "policy.").decoded(as: RolloutPolicy.self)
    }
}

// MARK: - Figures

extension MetricFamily {
    static func rollouts(_ live: [RolloutRecord]) -> MetricFamily {
        MetricFamily(
            name: "leeway_registry_rollout",
            help: "1 for each rollout under way, by its phase and the rule that decided last.", kind: .gauge,
            samples: live.map { record in
                MetricFamily.Sample(
                    1,
                    labels: [
                        ("model", record.model), ("phase", record.state.name),
                        ("rule", record.state.conclusion.rule.rawValue),
                    ])
            })
    }
}

// MARK: - Shapes

extension JSON {
    fileprivate init(_ record: RolloutRecord, _ progress: RolloutProgress? = nil) throws {
        let (state, launch) = (record.state, record.state.launch)
        let encoder = JSONEncoder()
        self = [
            "id": .text(record.id), "model": .text(record.model), "phase": .text(state.name),
            "since": .text("\(state.since)"), "control": .integer(launch.control.version),
            "candidates": .array(launch.candidates.map { .integer($0.version) }),
            "reason": .text(record.reason), "request": JSON(record.request), "alert": JSON(launch.alert),
            "created": .time(record.created), "created_by": .text(record.createdBy),
            "heard": .time(record.heard), "ended": .time(record.ended),
            "launch": try JSON(parsing: encoder.encode(launch)),
            "progress": try JSON(parsing: encoder.encode(progress)),
            "policy": try JSON(parsing: encoder.encode(record.policy)),
            "policy_digest": .text(record.policy.digest),
            "conclusion": try JSON(parsing: encoder.encode(state.conclusion)),
            "awaiting": JSON(state.awaiting?.rawValue),
            "comparison": try JSON(parsing: encoder.encode(state.comparison(record.policy))),
        ]
    }

    fileprivate init(_ shadow: RolloutShadow, _ reuse: GateReport.HoldoutReuse?) throws {
        let gifts: [JSON] = shadow.gifts.map { gift in
            [
                "agent": .text(gift.agent), "dataset": .text(gift.set), "state": .text(gift.state.rawValue),
                "reason": .text(gift.reason), "given": .time(gift.given),
            ]
        }
        self = [
            "since": .text("\(shadow.since)"), "rows": .array(gifts), "scored": .time(shadow.scored),
            "result": try shadow.result.map { try JSON(parsing: JSONEncoder().encode($0)) } ?? .null,
            "holdout": try reuse.map { try JSON(parsing: JSONEncoder().encode($0)) } ?? .null,
        ]
    }

    /// Members of objects in objects take their places one by one, all else, and what is under one of the given names, as a
    /// whole.
    fileprivate func overlaid(with changes: JSON, replacing names: Set<String>) -> JSON {
        guard case .object(let old) = self, case .object(let new) = changes else { return changes }
        return .object(
            old.merging(
                new.map { name, value in
                    (
                        name,
                        names.contains(name)
                            ? value : (old[name] ?? .null).overlaid(with: value, replacing: [])
                    )
                }
            ) { $1 })
    }
}
