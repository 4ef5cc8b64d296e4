import Drift
import Rollouts
import Testing

@testable import Agent

struct RolloutArmsTests {
    private let comparison: RolloutRoute.Comparison
    private let arms: RolloutArms

    init() throws {
        comparison = try .test(shares: [(0.1, 0.1), (0.3, 0.3), (0.1, 0)])
        arms = try RolloutArms(comparison)
    }

    private func place(_ version: String?, _ unit: String, _ time: Double) -> RolloutArms.Place {
        arms.place(version: version, unit: unit, time: seconds(time))
    }

    @Test func `a row is of the arm that its unit was assigned to and that served it`() throws {
        let (control, candidate) = (try comparison.units(.control)[0], try comparison.units(.candidate(0))[0])
        #expect(place("3", control, 100) == .compared(arm: 0, stage: 0))
        #expect(place("4", candidate, 100) == .compared(arm: 1, stage: 0))
        #expect(place("4", candidate, 700) == .compared(arm: 1, stage: 1))
    }

    @Test func `the rest, and what came before, are no part of it`() throws {
        let rest = try comparison.units(.rest)[0]
        #expect(place("3", rest, 100) == .outside)
        #expect(place("2", rest, 100) == .outside)
        #expect(place("4", try comparison.units(.candidate(0))[0], -1) == .outside)
        #expect(place(nil, rest, -1) == .outside)
    }

    @Test func `what another version served than was assigned is misassigned`() throws {
        let (control, candidate) = (try comparison.units(.control)[0], try comparison.units(.candidate(0))[0])
        #expect(place("4", control, 100) == .misassigned(served: 1))
        #expect(place("3", candidate, 100) == .misassigned(served: 0))
        #expect(place("2", candidate, 100) == .misassigned(served: nil))
        #expect(place("4", try comparison.units(.rest)[0], 100) == .misassigned(served: 1))
        #expect(place(nil, candidate, 100) == .unknownVersion)
    }

    @Test func `services may learn of a stage a minute late`() throws {
        let first = try comparison.assignment(inStage: 0)
        let fresh = try #require(
            try comparison.units(.candidate(0), inStage: 1, count: 50).first { first.arm(of: $0) == .rest })
        #expect(place("3", fresh, 659) == .outside)
        #expect(place("3", fresh, 660) == .misassigned(served: 0))
        #expect(place("4", fresh, 601) == .compared(arm: 1, stage: 1))
        #expect(place("3", try comparison.units(.candidate(0))[0], 59) == .outside)
        #expect(place("4", try comparison.units(.control)[0], 59) == .misassigned(served: 1))
    }

    @Test func `a unit whose share is taken back still counts where it was`() throws {
        let candidate = try comparison.units(.candidate(0), inStage: 1)[0]
        #expect(place("4", candidate, 1230) == .compared(arm: 1, stage: 1))
        #expect(place("4", candidate, 1261) == .misassigned(served: 1))
        #expect(place("3", candidate, 1230) == .outside)
    }

    @Test(arguments: [0, -1, Int64.max])
    func `a comparison whose clusters have no length makes no sense`(length: Int64) throws {
        let senseless = try RolloutRoute.Comparison.test(clusterSeconds: length)
        #expect(throws: AgentError.self) { try RolloutArms(senseless) }
    }
}
