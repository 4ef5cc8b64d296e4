import Glibc

/// Whether events (failures, say) happen more often to the candidate's units than to the champion's, looked at as often as
/// one likes: the exact conditional test of counts.
///
/// Under equal rates an event falls to an arm with the probability of the arm's share, whatever the rates do over time. At
/// most one event a unit, and only while units are split as configured (`SampleRatioTest`). M. Lindon and A. Malek,
/// arXiv:2011.03567. The sequential form of McNemar's test, on discordant pairs with a share of ½.
package struct CountTest: Codable, Equatable, Sendable {
    /// Events while the candidate had one share of the units.
    package struct Stage: Codable, Equatable, Sendable {
        /// The candidate's part of the units of both arms, inside (0, 1).
        package let share: Double
        package fileprivate(set) var champion = 0
        package fileprivate(set) var candidate = 0
    }

    package private(set) var stages: [Stage]
    /// Of the Dirichlet distribution of shares about the configured ones.
    package let concentration: Double
    /// Against equal rates.
    package private(set) var evidence = EValue()

    /// - Precondition: `share` lies inside (0, 1), `concentration` is positive and finite.
    package init(share: Double, concentration: Double = 100) {
        precondition(concentration > 0 && concentration.isFinite, "a concentration of \(concentration)")
        self.concentration = concentration
        stages = [CountTest.stage(share)]
    }

    /// Events from now on are of another split; evidence adds up.
    package mutating func begin(share: Double) { stages.append(CountTest.stage(share)) }

    private static func stage(_ share: Double) -> Stage {
        precondition(share > 0 && share < 1, "a share lies inside (0, 1), not at \(share)")
        return Stage(share: share)
    }

    /// Adds events of the current stage and takes a look.
    ///
    /// - Precondition: neither is negative.
    package mutating func observe(champion: Int, candidate: Int) {
        precondition(champion >= 0 && candidate >= 0, "\(champion) and \(candidate) events")
        stages[stages.count - 1].champion += champion
        stages[stages.count - 1].candidate += candidate
        evidence.observe(logEvidence)
    }

    /// ln E against equal rates, at this look.
    package var logEvidence: Double { Curve(self).logEvidence(0) }

    /// ln E against a log rate ratio, at this look, and whether the counts speak for a greater one.
    ///
    /// - Precondition: `ratio` is finite.
    package func evidence(againstLogRateRatio ratio: Double) -> (logarithm: Double, isGreater: Bool) {
        let curve = Curve(self)
        return (curve.logEvidence(checked(ratio, "a log rate ratio")), curve.slope(ratio) < 0)
    }

    /// The confidence sequence's interval of ln(candidate's rate/champion's rate); an end is infinite while an arm has no
    /// events.
    ///
    /// - Returns: `nil` when no ratio agrees with all the stages.
    package func logRateRatio(alpha: Double) -> ClosedRange<Double>? {
        Curve(self).interval(below: -log(checked(alpha: alpha)))
    }
}

/// ln E of every log rate ratio: convex, and least at the one that the counts are likeliest under.
private struct Curve {
    private let stages: [(share: Double, evidence: CountEvidence)]

    init(_ test: CountTest) {
        stages = test.stages.map { stage in
            let prior = [1 - stage.share, stage.share]
            let counts = [stage.champion, stage.candidate]
            return (stage.share, CountEvidence(counts, prior: prior, concentration: test.concentration))
        }
    }

    func logEvidence(_ ratio: Double) -> Double {
        stages.reduce(0) { $0 + $1.evidence.logBayesFactor(shares($1.share, ratio)) }
    }

    /// ρ₁e^δ/(ρ₀ + ρ₁e^δ), and the champion's; both stay positive.
    private func shares(_ share: Double, _ ratio: Double) -> [Double] {
        let odds = exp(ratio) * share / (1 - share)
        return [1 / (1 + odds), 1 / (1 + 1 / odds)]
    }

    /// Of `logEvidence`, along the ratio.
    func slope(_ ratio: Double) -> Double {
        stages.reduce(0) { sum, stage in
            let counts = stage.evidence.counts
            return sum + (counts[0] + counts[1]) * shares(stage.share, ratio)[1] - counts[1]
        }
    }

    /// Rates that differ by e^±400 are as good as infinitely far apart, and no number overflows there.
    private static let farthest = 400.0

    func interval(below threshold: Double) -> ClosedRange<Double>? {
        let least = root(from: -Curve.farthest, to: Curve.farthest) { slope($0) > 0 }
        guard logEvidence(least) <= threshold else { return nil }
        let lower = end(from: least, toward: -Curve.farthest, threshold)
        let upper = end(from: least, toward: Curve.farthest, threshold)
        return lower...upper
    }

    private func end(from inside: Double, toward far: Double, _ threshold: Double) -> Double {
        guard logEvidence(far) > threshold else { return far.sign == .minus ? -.infinity : .infinity }
        return root(from: inside, to: far) { logEvidence($0) > threshold }
    }

    /// Where a condition that is false on one side turns true, to the last bit.
    private func root(from first: Double, to last: Double, _ isBeyond: (Double) -> Bool) -> Double {
        var (low, high) = (first, last)
        while true {
            let middle = (low + high) / 2
            if middle == low || middle == high { return middle }
            if isBeyond(middle) { high = middle } else { low = middle }
        }
    }
}
