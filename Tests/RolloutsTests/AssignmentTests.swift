import Rollouts
import Testing

@Suite struct AssignmentTests {
    /// By growthbook 4.0.0, `gbhash(seed, unit, 2)`, in ten-thousandths.
    private static let vectors = [
        ("exp-model-v7", "customer_000123", 4683), ("exp-model-v7", "customer_000124", 8290),
        ("exp-model-v7", "", 3104), ("", "user-42", 1255),
        ("champion-vs-candidate", "00000000-0000-0000-0000-000000000001", 1471),
        ("rollout:fraud:2026-10-01", "4111111111111111", 3819),
        ("rollout:fraud:2026-10-01", "josé@example.com", 3469),
        ("s", "1", 8420), ("s", "2", 5996), ("s", "3", 5813), ("emoji", "🦊", 7545), ("δοκιμή", "用户-7", 8391),
        ("seed", "user-1", 4232),
    ]

    @Test(arguments: vectors) func `buckets are GrowthBook's`(seed: String, unit: String, bucket: Int) {
        #expect(Assignment.bucket(seed: seed, unit: unit) == bucket)
    }

    /// The sum of bucket × (i mod 97 + 1), by growthbook 4.0.0.
    @Test func `100,000 buckets are GrowthBook's`() {
        let sum = (0..<100_000).reduce(0) { sum, i in
            sum + Assignment.bucket(seed: "rollout-7", unit: "customer_\(i)é") * (i % 97 + 1)
        }
        #expect(sum == 24_509_891_279)
    }

    @Test func `every bucket has its arm: lanes in order, each from its lower end`() throws {
        let lanes = try Shares(control: 0.5, candidates: [0.3, 0.2])
        let assignment = try Assignment(
            seed: "s", lanes: lanes, shares: Shares(control: 0.05, candidates: [0.03, 0.02]))
        for unit in (0..<20_000).map({ "user-\($0)" }) {
            let expected: Assignment.Arm =
                switch assignment.bucket(of: unit) {
                case 0..<500: .control
                case 5000..<5300: .candidate(0)
                case 8000..<8200: .candidate(1)
                default: .rest
                }
            #expect(assignment.arm(of: unit) == expected)
        }
    }

    @Test func `on a ramp nobody changes arms but to leave the rest`() throws {
        let lanes = try Shares(control: 0.5, candidates: [0.5])
        let ramp = try [0, 0.05, 0.25, 0.5].map { share in
            try Assignment(seed: "ramp", lanes: lanes, shares: Shares(control: share, candidates: [share]))
        }
        for unit in (0..<20_000).map({ "user-\($0)" }) {
            let arms = ramp.map { $0.arm(of: unit) }.filter { $0 != .rest }
            #expect(Set(arms).count == 1)
            #expect(ramp[0].arm(of: unit) == .rest && ramp[3].arm(of: unit) != .rest)
        }
    }

    @Test func `arms get their shares`() throws {
        let shares = try Shares(control: 0.25, candidates: [0.25])
        let assignment = try Assignment(seed: "shares", lanes: shares, shares: shares)
        let arms = (0..<100_000).map { assignment.arm(of: "\($0)") }
        for arm in [Assignment.Arm.control, .candidate(0)] {
            #expect(abs(arms.count { $0 == arm } - 25_000) < 600)
        }
    }

    @Test(arguments: [
        (-0.1, [0.1], AssignmentError.share(-0.1, arm: 0)), (0.1, [1.5], .share(1.5, arm: 1)),
        (0.75, [0.25, 0.25], .sum(1.25)), (0.00005, [0.1], .tooFine(0.00005, arm: 0)),
    ])
    func `impossible shares are refused`(control: Double, candidates: [Double], error: AssignmentError) {
        #expect(throws: error) { try Shares(control: control, candidates: candidates) }
    }

    @Test func `a share that is no number is refused`() {
        for share in [Double.nan, .infinity, -.infinity] {
            #expect(throws: AssignmentError.self) { try Shares(control: 0.5, candidates: [share]) }
        }
    }

    @Test func `a share beyond its lane is refused, and an arm without one`() throws {
        let lanes = try Shares(control: 0.5, candidates: [0.1])
        #expect(throws: AssignmentError.beyondLane(arm: 1, share: 2000, lane: 1000)) {
            try Assignment(seed: "s", lanes: lanes, shares: Shares(control: 0.2, candidates: [0.2]))
        }
        #expect(throws: AssignmentError.arms(lanes: 1, shares: 2)) {
            try Assignment(seed: "s", lanes: lanes, shares: Shares(control: 0.1, candidates: [0.1, 0.1]))
        }
    }
}
