/// Whether two classifiers are wrong equally often on the same rows, by the rows on which one alone is right; rows
/// independent of one another. Q. McNemar, Psychometrika 12, 1947.
package struct McNemarTest: Equatable, Sendable {
    /// Rows that the first alone has right.
    package var onlyFirst: Int
    /// Rows that the second alone has right.
    package var onlySecond: Int

    /// - Precondition: neither is negative.
    package init(onlyFirst: Int, onlySecond: Int) {
        precondition(onlyFirst >= 0 && onlySecond >= 0, "\(onlyFirst) and \(onlySecond) rows")
        (self.onlyFirst, self.onlySecond) = (onlyFirst, onlySecond)
    }

    private var discordant: Int { onlyFirst + onlySecond }

    /// Twice the tail of the binomial distribution, at most 1; `statsmodels.stats.contingency_tables.mcnemar`.
    package var exactPValue: Double { twoSided(fairCoin) { $0.below + $0.at } }

    /// Twice the tail that counts the observed split by half: not conservative, as the exact test is, and close to its
    /// level. M. W. Fagerland, S. Lydersen and P. Laake, BMC Medical Research Methodology 13:91, 2013; 1 for an even
    /// split.
    package var midPValue: Double { twoSided(fairCoin) { $0.below + $0.at / 2 } }

    /// (|b − c| − 1)²/(b + c), A. L. Edwards' correction for continuity, 1948; 0 without discordant rows.
    package var chiSquared: Double {
        guard discordant > 0 else { return 0 }
        let excess = Double(max(0, abs(onlyFirst - onlySecond) - 1))
        return excess * excess / Double(discordant)
    }

    /// P(X > `chiSquared`) of one degree of freedom.
    package var chiSquaredPValue: Double { chiSquaredSurvival(chiSquared, degreesOfFreedom: 1) }

    private func twoSided(_ tail: BinomialTail, _ probability: (BinomialTail) -> Double) -> Double {
        discordant == 0 ? 1 : min(1, 2 * probability(tail))
    }

    private var fairCoin: BinomialTail { BinomialTail(min(onlyFirst, onlySecond), of: discordant) }
}

/// Fewer than, and exactly, so many heads of a fair coin's throws.
private struct BinomialTail {
    var below = 0.0
    var at: Double

    /// - Precondition: `heads` ≤ `throws`/2, or the sum would be long.
    init(_ heads: Int, of throwCount: Int) {
        at = binomialMass(Double(heads), Double(throwCount), 0.5)
        var term = at
        for k in stride(from: heads, to: 0, by: -1) {
            term *= Double(k) / Double(throwCount - k + 1)
            below += term
            if term <= below * 1e-18 { break }
        }
    }
}
