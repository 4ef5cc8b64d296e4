package import Drift

/// Which drift events make an agent propose to train a model again.
package struct RetrainPolicy: Codable, Equatable, Sendable {
    /// Of a model's drift: what must have moved.
    package enum Data: Codable, Equatable, Sendable {
        case never
        /// One of these features is to blame; of an empty list, any.
        case features([String])
        /// So large a share of the model's features is to blame, in (0, 1].
        case share(Double)
    }

    package var data: Data
    package var prediction: Bool
    package var concept: Bool
    package var leastSeverity: DriftEvent.Severity

    package init(
        data: Data = .features([]), prediction: Bool = true, concept: Bool = true,
        leastSeverity: DriftEvent.Severity = .warning
    ) {
        if case .share(let share) = data { precondition(share > 0 && share <= 1, "a share is in (0, 1]") }
        (self.data, self.prediction, self.concept, self.leastSeverity) =
            (data, prediction, concept, leastSeverity)
    }

    /// What an event would have a model trained again for; `nil` when it is no reason to.
    ///
    /// - Parameter featureCount: of the model.
    package func trigger(_ event: DriftEvent, featureCount: Int) -> RetrainTrigger? {
        guard event.type == .firing, event.data.severity >= leastSeverity else { return nil }
        switch event.data.kind {
        case "data": return proposes(event.data, featureCount: featureCount) ? .drift : nil
        case "prediction": return prediction ? .drift : nil
        case "concept": return concept ? .concept : nil
        default: return nil
        }
    }

    private func proposes(_ drift: DriftEvent.Payload, featureCount: Int) -> Bool {
        let blamed = Set(drift.contributors.map(\.feature) + [drift.feature])
        switch data {
        case .never: return false
        case .features(let features): return features.isEmpty || !blamed.isDisjoint(with: features)
        case .share(let share): return Double(blamed.count) >= share * Double(featureCount)
        }
    }
}

/// Turns the drift events of one model into proposals, each with all that fires as evidence.
///
/// The data's quality is told too: a request that was proposed is proposed again, under its own id, when an alert about
/// quality fires or resolves, for the registry to hold it back or let it go.
package struct RetrainProposer: Codable, Equatable, Sendable {
    private let policy: RetrainPolicy
    private let featureCount: Int
    /// By fingerprint, what fires now.
    private var firing: [String: RetrainEvidence] = [:]
    /// The newest proposal, and the alerts it is for.
    private var proposal: RetrainRequest?
    private var causes: Set<String> = []

    package init(policy: RetrainPolicy, featureCount: Int) {
        precondition(featureCount >= 1, "a model has features")
        (self.policy, self.featureCount) = (policy, featureCount)
    }

    /// - Parameter champion: the version that serves, where it is known.
    package mutating func observe(
        _ event: DriftEvent, champion: Int64? = nil, dataset: RetrainRequest.Dataset? = nil
    ) -> RetrainRequest? {
        let evidence = RetrainEvidence(event)
        firing[evidence.fingerprint] = evidence.isFiring ? evidence : nil
        if let trigger = policy.trigger(event, featureCount: featureCount) {
            return propose(event, trigger, champion, dataset)
        }
        return event.data.kind == "quality" ? amend(with: evidence) : end(causedBy: evidence)
    }

    private mutating func propose(
        _ event: DriftEvent, _ trigger: RetrainTrigger, _ champion: Int64?, _ dataset: RetrainRequest.Dataset?
    ) -> RetrainRequest {
        let data = event.data
        let request = RetrainRequest(
            model: data.model, cause: RetrainCause(trigger: trigger, reason: event.sentence),
            evidence: Array(firing.values), dataset: dataset, reference: data.reference,
            window: RetrainRequest.Window(start: data.window.start, end: data.window.end),
            championVersion: champion)
        if proposal?.id != request.id { causes = [] }
        proposal = request
        causes.insert(data.fingerprint)
        return request
    }

    private mutating func amend(with evidence: RetrainEvidence) -> RetrainRequest? {
        guard let open = proposal else { return nil }
        proposal?.evidence = RetrainEvidence.united(open.evidence, [evidence])
        return proposal
    }

    /// With the last alert that it was for, a proposal is over.
    private mutating func end(causedBy evidence: RetrainEvidence) -> RetrainRequest? {
        guard !evidence.isFiring else { return nil }
        causes.remove(evidence.fingerprint)
        if causes.isEmpty { proposal = nil }
        return nil
    }
}

extension DriftEvent {
    fileprivate var sentence: String {
        let place = data.feature.isEmpty ? "" : " of \(data.feature)"
        let limit = data.threshold.map { ", over \($0)" } ?? ""
        return "\(data.kind) alert: \(data.measure)\(place) is \(data.value)\(limit)"
    }
}
