import Drift
import Rollouts

/// Which arm of a comparison a row belongs to: that which served it, if it is the one its unit was assigned to.
struct RolloutArms: Equatable, Sendable {
    enum Place: Equatable, Sendable {
        /// Before the comparison, or served by the champion beside it.
        case outside
        /// 0 is the control, 1, 2, … the candidates.
        case compared(arm: Int, stage: Int)
        /// Served by another version than its unit was assigned to; by an arm of the comparison, or by none.
        case misassigned(served: Int?)
        case unknownVersion
    }

    /// Services learn of a stage a little after it began: for so long, in nanoseconds, they may assign as in the one before.
    static let learningTime: Int64 = 60_000_000_000

    let comparison: RolloutRoute.Comparison
    /// One a stage.
    private let assignments: [Assignment]
    /// By version, as rows name it.
    private let arms: [String: Int]
    /// By stages, the arm whose version serves those who are in none.
    private let champions: [Int?]

    /// - Throws: `AssignmentError`, or `AgentError`, for a comparison that makes no sense.
    init(_ comparison: RolloutRoute.Comparison) throws {
        guard (1...Int64.max / 1_000_000_000).contains(comparison.clusterSeconds) else {
            throw AgentError("rollout \(comparison.id) has clusters of \(comparison.clusterSeconds) seconds")
        }
        self.comparison = comparison
        assignments = try comparison.stages.indices.map { try comparison.assignment(inStage: $0) }
        let versions = [comparison.control] + comparison.candidates
        arms = Dictionary(zip(versions.map { "\($0)" }, 0...)) { first, _ in first }
        champions = comparison.stages.map { versions.firstIndex(of: $0.champion) }
    }

    func place(version: String?, unit: String, time: Timestamp) -> Place {
        guard let stage = comparison.stage(at: time) else { return .outside }
        guard let version else { return .unknownVersion }
        let served = arms[version]
        let place = place(served, unit, inStage: stage)
        guard case .misassigned = place, isNew(stage, at: time) else { return place }
        let former = stage > 0 ? self.place(served, unit, inStage: stage - 1) : beforeAll(served)
        if case .misassigned = former { return place }
        return former
    }

    private func place(_ served: Int?, _ unit: String, inStage stage: Int) -> Place {
        switch (assignments[stage].arm(of: unit), served) {
        case (.rest, nil): .outside
        case (.rest, let arm?) where arm == champions[stage]: .outside
        case (.control, 0): .compared(arm: 0, stage: stage)
        case (.candidate(let index), let arm?) where arm == index + 1: .compared(arm: arm, stage: stage)
        default: .misassigned(served: served)
        }
    }

    /// The champion served everyone.
    private func beforeAll(_ served: Int?) -> Place { served == 0 ? .outside : .misassigned(served: served) }

    private func isNew(_ stage: Int, at time: Timestamp) -> Bool {
        time < comparison.stages[stage].since.advanced(by: RolloutArms.learningTime)
    }
}
