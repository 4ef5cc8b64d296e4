import Glibc

/// Events that fell into arms, against the shares in which they were to fall; other shares are Dirichlet-distributed about
/// `prior` with the given concentration.
///
/// M. Lindon and A. Malek, "Anytime-Valid Inference for Multinomial Count Data", arXiv:2011.03567.
struct CountEvidence {
    let counts: [Double]
    /// What does not depend on the shares asked about.
    private let constant: Double

    /// - Precondition: as many counts as shares; shares are positive and sum to 1.
    init(_ counts: [Int], prior: [Double], concentration k: Double) {
        self.counts = counts.map(Double.init)
        constant = CountEvidence.constant(self.counts, prior, k)
    }

    private var total: Double { counts.reduce(0, +) }

    /// lnΓ(k) − lnΓ(k + n) + Σ[lnΓ(kρᵢ + nᵢ) − lnΓ(kρᵢ) − nᵢ ln θᵢ], θ the shares asked about, ρ the prior ones.
    func logBayesFactor(_ shares: [Double]) -> Double { misfit(shares) + constant }

    /// Σ nᵢ ln(nᵢ/(nθᵢ)), at least 0.
    private func misfit(_ shares: [Double]) -> Double {
        let n = total
        guard n > 0 else { return 0 }
        return zip(counts, shares).reduce(0) { $0 + deviance($1.0, n * $1.1) }
    }

    /// The Bayes factor at the shares that were found, at most 0. Each lnΓ is Stirling's formula and its error: what is of
    /// the order of n ln n cancels on paper instead of in the numbers, which at 10¹² events would lose all digits.
    private static func constant(_ counts: [Double], _ prior: [Double], _ k: Double) -> Double {
        let n = counts.reduce(0, +)
        let whole = growth(n, prior: k)
        return zip(counts, prior).reduce(-whole) { sum, arm in
            let (count, share) = arm
            let drift = k * share * log((count + k * share) / ((n + k) * share))
            return sum + growth(count, prior: k * share) + drift
        }
    }

    /// lnΓ(a + n) − lnΓ(a), less a ln((a + n)/a) and n ln n − n.
    private static func growth(_ n: Double, prior a: Double) -> Double {
        let gained = n > 0 ? n * log1p(a / n) : 0
        return gained - log1p(n / a) / 2 + stirlingError(a + n) - stirlingError(a)
    }
}
