import Rollouts
import Statistics
import Testing

@Suite struct RolloutErrorRateTests {
    /// Of 500 candidates that are as good as their champion; a tick a day for 60 days.
    @Test func `false promotions stay within α`() throws {
        let promoted = try (0..<500).count { run in
            var rollout = try SimulatedRollout(.quick { $0.onInconclusive = .revert }, seed: UInt64(run))
            return rollout.reaches(.promoted(candidate: 0), days: 70)
        }
        #expect(promoted <= 25, "\(promoted) of 500")
    }

    @Test func `rollbacks of candidates that are as good stay within α`() throws {
        let rolledBack = try (0..<200).count { run in
            var rollout = try SimulatedRollout(
                .quick(.init(.logLoss, .nonInferior, margin: 0.02)), rates: [0.002, 0.002],
                seed: UInt64(1000 + run))
            return rollout.reaches(.rolledBack, days: 40)
        }
        #expect(rolledBack <= 10, "\(rolledBack) of 200")
    }
}
