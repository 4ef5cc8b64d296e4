import Drift

extension RolloutState {
    /// What is to happen now. Pure: the same state, policy and observation come to the same outcome.
    ///
    /// - Parameter policy: the one that the state was made with.
    package func tick(_ policy: RolloutPolicy, _ observation: RolloutObservation) -> RolloutOutcome {
        guard !isOver else { return RolloutOutcome(state: self, action: .none, missing: [], figures: nil) }
        var turn = RolloutTurn(self, policy, observation)
        return turn.outcome()
    }

    /// Whether a command makes sense here.
    package func accepts(_ command: RolloutCommand.Kind) -> Bool {
        switch command {
        case .approve: awaiting != nil
        case .resume: pause != nil
        case .abort: !isOver
        case .hold:
            switch phase {
            case .gate, .shadow, .serving: true
            default: false
            }
        }
    }

    /// Whether nothing but the time has passed.
    package func isLater(than other: RolloutState) -> Bool {
        var then = self
        then.memory.clock = other.memory.clock
        return then == other
    }

    /// Apart from what is only remembered.
    func isSame(as other: RolloutState) -> Bool {
        launch == other.launch && phase == other.phase && since == other.since && pause == other.pause
            && awaiting == other.awaiting && candidates == other.candidates && stages == other.stages
            && timedFrom == other.timedFrom && waived == other.waived && conclusion == other.conclusion
    }
}
