/// Whether units fall into the arms in the configured shares, looked at as often as one likes.
///
/// M. Lindon and A. Malek, arXiv:2011.03567; each stage of a ramp is held against its own shares, and the evidence adds up.
package struct SampleRatioTest: Codable, Equatable, Sendable {
    /// Units seen while the arms had one set of shares.
    package struct Stage: Codable, Equatable, Sendable {
        /// Not negative, and sum to 1.
        package let shares: [Double]
        package fileprivate(set) var counts: [Int]
    }

    package private(set) var stages: [Stage]
    /// Of the Dirichlet distribution of shares about the configured ones: high, for it is small deviations that matter.
    package let concentration: Double
    package private(set) var evidence = EValue()

    /// - Parameter shares: of all arms, in proportion; they need not sum to 1.
    /// - Precondition: shares are finite and none is negative, two are positive; `concentration` is positive, finite.
    package init(shares: [Double], concentration: Double = 10_000) {
        precondition(concentration > 0 && concentration.isFinite, "a concentration of \(concentration)")
        self.concentration = concentration
        stages = [SampleRatioTest.stage(shares)]
    }

    /// Units from now on are split otherwise.
    package mutating func begin(shares: [Double]) { stages.append(SampleRatioTest.stage(shares)) }

    private static func stage(_ shares: [Double]) -> Stage {
        precondition(shares.allSatisfy { $0 >= 0 && $0.isFinite }, "shares \(shares)")
        precondition(shares.count { $0 > 0 } > 1, "shares \(shares): two must be positive")
        let sum = shares.reduce(0, +)
        return Stage(shares: shares.map { $0 / sum }, counts: shares.map { _ in 0 })
    }

    /// Adds units of the current stage and takes a look.
    ///
    /// - Precondition: as many counts as arms, none negative.
    package mutating func observe(_ counts: [Int]) {
        let last = stages.count - 1
        precondition(counts.count == stages[last].counts.count && counts.allSatisfy { $0 >= 0 }, "\(counts)")
        for arm in counts.indices { stages[last].counts[arm] += counts[arm] }
        evidence.observe(logEvidence)
    }

    /// ln E against the configured shares, at this look; infinite when there are units in an arm of no share.
    package var logEvidence: Double {
        stages.reduce(0) { $0 + $1.logEvidence(concentration: concentration) }
    }

    /// Pearson's χ² of all stages together: to be shown, and not valid at more than one look.
    package var chiSquared: (statistic: Double, degreesOfFreedom: Int, pValue: Double) {
        let statistic = stages.reduce(0) { $0 + $1.chiSquared }
        let degrees = stages.reduce(0) { $0 + $1.open.count - 1 }
        return (statistic, degrees, chiSquaredSurvival(statistic, degreesOfFreedom: degrees))
    }
}

extension SampleRatioTest.Stage {
    /// The arms that units may fall into.
    fileprivate var open: [Int] { shares.indices.filter { shares[$0] > 0 } }

    private var isPossible: Bool { zip(shares, counts).allSatisfy { $0 > 0 || $1 == 0 } }

    fileprivate func logEvidence(concentration: Double) -> Double {
        guard isPossible else { return .infinity }
        let shares = open.map { self.shares[$0] }
        return CountEvidence(open.map { counts[$0] }, prior: shares, concentration: concentration)
            .logBayesFactor(shares)
    }

    fileprivate var chiSquared: Double {
        guard isPossible else { return .infinity }
        let n = Double(counts.reduce(0, +))
        guard n > 0 else { return 0 }
        return open.reduce(0) { sum, arm in
            let (expected, apart) = (n * shares[arm], Double(counts[arm]) - n * shares[arm])
            return sum + apart * apart / expected
        }
    }
}
