/// What the evidence says of a candidate.
package enum RolloutVerdict: String, Codable, CaseIterable, Sendable {
    case better
    /// No worse than the margin allows, and not shown to be better.
    case equivalent
    case worse
    /// Not better than a champion that is beyond its own floor.
    case bothBad = "both_bad"
    case undecided
}

/// Which of a rollout's rules decided, in the order in which they are asked.
package enum RolloutRule: String, Codable, CaseIterable, Sendable {
    case killSwitch = "kill_switch"
    case unscorable
    case hardGuardrail = "hard_guardrail"
    case superseded
    case command
    case validity
    case softGuardrail = "soft_guardrail"
    case paused
    case wait
    case approval
    case gate, shadow, advance, promote, baking
    case bothBad = "both_bad"
    case outOfTime = "out_of_time"
    /// The rollout has ended.
    case ended
}

/// What is to be done after a tick.
package enum RolloutAction: Codable, Hashable, Sendable {
    case none
    /// Stay at the present share: the evidence is not to be trusted.
    case freeze
    /// Stay at the present share until a person decides.
    case hold
    /// Serve the new stage's shares.
    case advance(step: Int)
    /// Take these out of service; the others go on.
    case drop(candidates: [Int])
    case promote(candidate: Int)
    /// No candidate serves any more; after a promotion the champion is to be the former one.
    case rollBack
    /// The comparison is over, and the champion stays who it is.
    case close
}

/// Something that was found, without the figures that change from tick to tick.
package struct RolloutFinding: Codable, Hashable, Sendable {
    package enum Kind: String, Codable, CaseIterable, Sendable {
        // What rolls back.
        case killed, unscorable, harm
        /// The loss is shown to be higher.
        case loss
        // What makes the evidence untrustworthy.
        case sampleRatio = "sample_ratio"
        case labelRatio = "label_ratio"
        case crossovers, silence
        case emptyArm = "empty_arm"
        case oneLabel = "one_label"
        /// Negative counts, more events than units, sums that are no numbers.
        case unusable
        // What holds.
        case drift
        // What is to be known.
        case late
        case championBad = "champion_bad"
        case refusedCommand = "refused_command"
    }

    package var kind: Kind
    /// Counted from 0.
    package var candidate: Int?
    package var metric: RolloutMetric?

    package init(_ kind: Kind, candidate: Int? = nil, metric: RolloutMetric? = nil) {
        (self.kind, self.candidate, self.metric) = (kind, candidate, metric)
    }

    var isValidity: Bool {
        switch kind {
        case .sampleRatio, .labelRatio, .crossovers, .silence, .emptyArm, .oneLabel, .unusable: true
        default: false
        }
    }
}

/// What a tick came to; a tick that comes to the same as the last is no news.
package struct RolloutConclusion: Codable, Equatable, Sendable {
    package var rule: RolloutRule
    /// By candidates.
    package var verdicts: [RolloutVerdict]
    package var findings: [RolloutFinding]

    init(rule: RolloutRule, verdicts: [RolloutVerdict], findings: [RolloutFinding]) {
        (self.rule, self.verdicts, self.findings) = (rule, verdicts, findings)
    }

    init(candidates: Int) {
        self.init(
            rule: .wait, verdicts: [RolloutVerdict](repeating: .undecided, count: candidates), findings: [])
    }
}

/// What a tick did.
package struct RolloutOutcome: Equatable, Sendable {
    package var state: RolloutState
    package var action: RolloutAction
    /// In sentences.
    package var missing: [String]
    /// Bounds and evidence, where there is news.
    package var figures: RolloutFigures?

    package var rule: RolloutRule { state.conclusion.rule }
    package var verdicts: [RolloutVerdict] { state.conclusion.verdicts }
    package var findings: [RolloutFinding] { state.conclusion.findings }
    /// Whether it belongs into the decision log.
    package var isNews: Bool { figures != nil }
}
