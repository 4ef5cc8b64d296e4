import Rollouts

/// Units a second of one thread.
func timeAssignment() async throws {
    let shares = try Shares(control: 0.25, candidates: [0.25])
    let lanes = try Shares(control: 0.5, candidates: [0.5])
    let assignment = try Assignment(seed: "rollout-3f2a9c", lanes: lanes, shares: shares)
    let units = (0..<1_000_000).map { "customer_\($0)" }
    var compared = 0
    let time = await seconds(repeats: 7) {
        for unit in units where assignment.arm(of: unit) != .rest { compared += 1 }
    }
    precondition(
        (3_400_000...3_600_000).contains(compared), "\(compared) of 7,000,000 units in arms of a half")
    report("assignment", Double(units.count) / time)
}
