/// The Clopper–Pearson interval of a rate: it holds the true rate with at least the stated confidence.
/// C. J. Clopper and E. S. Pearson, Biometrika 26 (1934); `scipy.stats.binomtest(…).proportion_ci("exact")`.
package struct BinomialInterval: Equatable, Sendable {
    package var low: Double
    package var high: Double

    /// - Precondition: 0 ≤ `successes` ≤ `trials`, 0 < `confidence` < 1.
    package init(successes: Int, trials: Int, confidence: Double = 0.95) {
        precondition((0...trials).contains(successes), "\(successes) of \(trials)")
        let tail = (1 - confidence) / 2
        let (k, n) = (Double(successes), Double(trials))
        low = successes == 0 ? 0 : betaQuantile(tail, k, n - k + 1)
        high = successes == trials ? 1 : betaQuantile(1 - tail, k + 1, n - k)
    }
}

/// The x at which Iₓ(a, b) = p, by bisection to the last bit.
private func betaQuantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
    var (low, high) = (0.0, 1.0)
    while true {
        let middle = (low + high) / 2
        if middle <= low || middle >= high { return middle }
        if incompleteBeta(middle, complement: 1 - middle, a, b) < p { low = middle } else { high = middle }
    }
}
