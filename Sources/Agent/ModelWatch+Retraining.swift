import Drift
import EventDelivery
import Retraining

extension ModelWatch {
    /// Begins to propose, or goes on, over a reference.
    func beginProposing(_ reference: Reference) {
        guard let policy = stream.retrain else { return }
        let features = reference.features.count { $0.feature.family == .data }
        var next = RetrainProposer(policy: policy, featureCount: max(1, features))
        if let proposer { next.resume(proposer) }
        proposer = next
    }

    /// What a judged window's events propose.
    ///
    /// - Parameters:
    ///   - window: `nil` for events that no window closed with.
    ///   - trigger: what such windows speak of.
    func proposals(
        for events: [DriftEvent], closing window: WindowSummary?, of trigger: RetrainTrigger
    ) -> [RetrainRequested] {
        let bounds = window.map { RetrainRequest.Window(start: $0.start, end: $0.end) }
        let requests =
            proposer?.observe(events, closing: bounds, of: trigger, champion: champion?.version) ?? []
        return requests.map { RetrainRequested($0, source: source, time: bounds?.end ?? events[0].time) }
    }
}

extension DriftReport {
    /// The window, where anything was made of it.
    var judgedWindow: WindowSummary? { verdict == .insufficient ? nil : window }
}

extension OutgoingEvent {
    /// A request's proposals arrive in order, and one request holds up no other.
    init(_ event: RetrainRequested) throws { try self.init(event, id: event.id, key: event.data.id) }
}
