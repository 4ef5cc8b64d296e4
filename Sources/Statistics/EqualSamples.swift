/// P(D ≥ gap/n) for the KS statistic D of two samples of n values each, without ties: the share of lattice paths
/// that leave |x − y| < gap, 2 Σₖ (−1)ᵏ⁺¹ C(2n, n − k·gap) / C(2n, n), nested so that nothing large cancels.
/// B. V. Gnedenko, V. S. Korolyuk, "On the Maximum Discrepancy between Two Empirical Distributions", Doklady
/// Akademii Nauk SSSR 80, 1951; `scipy.stats.ks_2samp` takes it for samples of equal size.
/// - Parameter gap: in [0, n].
package func kolmogorovSmirnovPValue(gap: Int, ofEqualSizes n: Int) -> Double {
    guard gap > 0 else { return 1 }
    let nested = stride(from: n / gap, through: 0, by: -1).reduce(0.0) { inner, k in
        (0..<gap).reduce(1.0) { ratio, j in
            Double(n - k * gap - j) * ratio / Double(n + k * gap + j + 1)
        } * (1 - inner)
    }
    return min(1, max(0, 2 * nested))
}
