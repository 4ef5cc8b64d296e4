import Drift
import EventDelivery
import Synchronization

/// What the registry made of each model's retrain requests, since the agent started.
final class ProposalLog: Sendable {
    struct Entry: Sendable {
        /// Answers by what was decided; `given_up` where a request could not be taken.
        var answers: [String: UInt64] = [:]
        var newest: ProposalStatus?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func note(_ outcome: RegistrySender.Outcome) {
        let (model, state, newest) =
            switch outcome {
            case .decided(let decision): (decision.model, decision.state, ProposalStatus(decision))
            case .refused(let model, let reason):
                (model, "given_up", ProposalStatus(state: "given_up", reason: reason))
            }
        entries.withLock { entries in
            entries[model, default: Entry()].answers[state, default: 0] += 1
            entries[model]?.newest = newest
        }
    }

    subscript(model: String) -> Entry { entries.withLock { $0[model] ?? Entry() } }
}

extension ProposalStatus {
    fileprivate init(_ decision: RegistrySender.Decision) {
        self.init(request: decision.id, state: decision.state, reason: decision.reason)
    }
}
