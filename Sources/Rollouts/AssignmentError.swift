/// Why a rollout cannot divide its units so. Arm 0 is the control, arm 1 the first candidate.
package enum AssignmentError: Error, Equatable, Sendable {
    case share(Double, arm: Int)
    case tooFine(Double, arm: Int)
    case sum(Double)
    /// Candidates.
    case arms(lanes: Int, shares: Int)
    /// Ten-thousandths.
    case beyondLane(arm: Int, share: Int, lane: Int)
}

extension AssignmentError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .share(let share, let arm): "\(name(arm)) has a share of \(share): shares lie between 0 and 1"
        case .tooFine(let share, let arm):
            "\(name(arm)) has a share of \(share): shares are whole ten-thousandths, like 0.05"
        case .sum(let sum): "the shares of the arms sum to \(sum), more than 1"
        case .arms(let lanes, let shares): "shares of \(shares) candidates for lanes of \(lanes)"
        case .beyondLane(let arm, let share, let lane):
            "\(name(arm)) has a share of \(share) ten-thousandths, more than its lane, \(lane): "
                + "units would change arms"
        }
    }
}

private func name(_ arm: Int) -> String { arm == 0 ? "the control" : "candidate \(arm)" }
