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
    /// For so many windows an alert fires before it makes a proposal.
    package var windows: Int

    package init(
        data: Data = .features([]), prediction: Bool = true, concept: Bool = true,
        leastSeverity: DriftEvent.Severity = .warning, windows: Int = 1
    ) {
        if case .share(let share) = data { precondition(share > 0 && share <= 1, "a share is in (0, 1]") }
        precondition(windows >= 1, "an alert fires in a window")
        (self.data, self.prediction, self.concept, self.leastSeverity) =
            (data, prediction, concept, leastSeverity)
        self.windows = windows
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
    private var policy: RetrainPolicy
    private var featureCount: Int
    /// By fingerprint, what fires now.
    private var firing: [String: RetrainEvidence] = [:]
    /// The newest proposal, and the alerts it is for.
    private var proposal: RetrainRequest?
    private var causes: Set<String> = []
    /// By fingerprint, alerts that have not fired for long enough.
    private var postponed: [String: Postponed] = [:]

    private struct Postponed: Codable, Equatable, Sendable {
        var event: DriftEvent
        var trigger: RetrainTrigger
        var windowsLeft: Int
    }

    package init(policy: RetrainPolicy, featureCount: Int) {
        precondition(featureCount >= 1, "a model has features")
        (self.policy, self.featureCount) = (policy, featureCount)
    }

    /// Goes on from what another knew, which may have had another policy.
    package mutating func resume(_ other: RetrainProposer) {
        (firing, proposal, causes) = (other.firing, other.proposal, other.causes)
        postponed = other.postponed
    }

    /// - Parameter champion: the version that serves, where it is known.
    package mutating func observe(
        _ event: DriftEvent, champion: Int64? = nil, dataset: RetrainRequest.Dataset? = nil
    ) -> RetrainRequest? {
        let evidence = RetrainEvidence(event)
        firing[evidence.fingerprint] = evidence.isFiring ? evidence : nil
        if let trigger = policy.trigger(event, featureCount: featureCount) {
            if policy.windows == 1 || causes.contains(evidence.fingerprint) {
                return propose(event, trigger, until: evidence.window.end, champion, dataset)
            }
            postpone(event, trigger)
            return nil
        }
        return event.data.kind == "quality" ? amend(with: evidence) : end(causedBy: evidence)
    }

    /// What a window's events propose: each request once, with all that the window shows.
    ///
    /// - Parameters:
    ///   - window: `nil` when the events are not those of a window that was judged.
    ///   - trigger: what the window speaks of, see ``close(_:of:champion:)``.
    package mutating func observe(
        _ events: [DriftEvent], closing window: RetrainRequest.Window?, of trigger: RetrainTrigger,
        champion: Int64? = nil
    ) -> [RetrainRequest] {
        var requests = events.compactMap { observe($0, champion: champion) }
        if let window { requests += close(window, of: trigger, champion: champion) }
        return requests.enumerated().filter { index, request in
            !requests[(index + 1)...].contains { $0.id == request.id }
        }.map(\.element)
    }

    /// A window has been judged, and its events were observed: alerts that have fired for long enough propose, with all
    /// windows they fired in.
    ///
    /// - Parameter trigger: what the window speaks of: the labels' windows are not the rows'.
    package mutating func close(
        _ window: RetrainRequest.Window, of trigger: RetrainTrigger, champion: Int64? = nil
    ) -> [RetrainRequest] {
        var due: [Postponed] = []
        for fingerprint in postponed.keys.sorted() {
            guard var alert = postponed[fingerprint], alert.trigger == trigger else { continue }
            alert.windowsLeft -= 1
            postponed[fingerprint] = alert.windowsLeft > 0 ? alert : nil
            if alert.windowsLeft == 0 { due.append(alert) }
        }
        return due.map { propose($0.event, $0.trigger, until: window.end, champion, nil) }
    }

    private mutating func postpone(_ event: DriftEvent, _ trigger: RetrainTrigger) {
        let left = postponed[event.data.fingerprint]?.windowsLeft ?? policy.windows
        postponed[event.data.fingerprint] = Postponed(event: event, trigger: trigger, windowsLeft: left)
    }

    private mutating func propose(
        _ event: DriftEvent, _ trigger: RetrainTrigger, until end: Timestamp, _ champion: Int64?,
        _ dataset: RetrainRequest.Dataset?
    ) -> RetrainRequest {
        let data = event.data
        let request = RetrainRequest(
            model: data.model, cause: RetrainCause(trigger: trigger, reason: event.sentence),
            evidence: Array(firing.values), dataset: dataset, reference: data.reference,
            window: RetrainRequest.Window(start: data.window.start, end: max(end, data.window.end)),
            championVersion: champion)
        if proposal?.id != request.id { causes = [] }
        proposal = request
        causes.insert(data.fingerprint)
        return request
    }

    private mutating func amend(with evidence: RetrainEvidence) -> RetrainRequest? {
        guard var request = proposal else { return nil }
        request.evidence = RetrainEvidence.united(request.evidence, [evidence])
        proposal = request
        closeProposal()
        return request
    }

    private mutating func end(causedBy evidence: RetrainEvidence) -> RetrainRequest? {
        guard !evidence.isFiring else { return nil }
        postponed[evidence.fingerprint] = nil
        causes.remove(evidence.fingerprint)
        closeProposal()
        return nil
    }

    /// With the last alert that it was for a proposal is over, but not while it says that the data's quality is bad: the
    /// registry waits to hear that it is well again.
    private mutating func closeProposal() {
        guard causes.isEmpty, let open = proposal,
            RetrainEvidence.firingQuality(in: open.evidence).isEmpty
        else { return }
        proposal = nil
    }
}

extension DriftEvent {
    fileprivate var sentence: String {
        let place = data.feature.isEmpty ? "" : " of \(data.feature)"
        let limit = data.threshold.map { ", over \($0)" } ?? ""
        return "\(data.kind) alert: \(data.measure)\(place) is \(data.value)\(limit)"
    }
}
