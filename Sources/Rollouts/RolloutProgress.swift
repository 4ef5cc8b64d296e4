/// Where a rollout's evidence stands, whether that is news or not.
package struct RolloutProgress: Codable, Equatable, Sendable {
    /// Units of all stages together, the control's first.
    package var arms: [RolloutEvidence.ArmUnits]
    package var figures: RolloutFigures
    /// In sentences.
    package var missing: [String]
}

extension RolloutState {
    /// What a tick would find.
    package func progress(_ policy: RolloutPolicy, _ observation: RolloutObservation) -> RolloutProgress {
        var turn = RolloutTurn(self, policy, observation)
        let outcome = turn.outcome()
        return RolloutProgress(
            arms: launch.arms.map { arm in
                observation.evidence.units.map { $0[arm] }.reduce(into: .init()) { $0.add($1) }
            },
            figures: turn.appraisal.figures, missing: outcome.missing)
    }
}

extension RolloutLaunch {
    fileprivate var arms: Range<Int> { 0..<1 + candidates.count }
}

extension RolloutEvidence.ArmUnits {
    fileprivate mutating func add(_ other: RolloutEvidence.ArmUnits) {
        seen += other.seen
        labelled += other.labelled
        events.merge(other.events) { $0 + $1 }
        distinctLabels = [distinctLabels, other.distinctLabels].compactMap(\.self).max()
    }
}
