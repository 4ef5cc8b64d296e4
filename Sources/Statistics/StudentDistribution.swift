import Glibc

/// P(T > t) for Student's t with the given degrees of freedom (> 0); `scipy.stats.t.sf`.
package func studentSurvival(_ t: Double, degreesOfFreedom: Double) -> Double {
    precondition(degreesOfFreedom > 0, "Student's t needs degrees of freedom")
    let square = t * t
    let tail =
        incompleteBeta(
            degreesOfFreedom / (degreesOfFreedom + square), complement: square / (degreesOfFreedom + square),
            degreesOfFreedom / 2, 0.5) / 2
    return t >= 0 ? tail : 1 - tail
}

/// The t at which P(T ≤ t) = p, for 0 < p < 1, by bisection to the last bit; `scipy.stats.t.ppf`.
package func studentQuantile(_ p: Double, degreesOfFreedom: Double) -> Double {
    precondition(p > 0 && p < 1, "a quantile lies at a probability inside (0, 1), not at \(p)")
    guard p != 0.5 else { return 0 }
    let tail = min(p, 1 - p)
    var (low, high) = (0.0, 1.0)
    while studentSurvival(high, degreesOfFreedom: degreesOfFreedom) > tail { (low, high) = (high, 2 * high) }
    while true {
        let middle = (low + high) / 2
        if middle == low || middle == high { return p < 0.5 ? -middle : middle }
        if studentSurvival(middle, degreesOfFreedom: degreesOfFreedom) > tail {
            low = middle
        } else {
            high = middle
        }
    }
}

/// The regularised incomplete beta function Iₓ(a, b), by its continued fraction on the side where that
/// converges fast; DLMF 8.17. The caller has `complement` = 1 − x without cancellation.
func incompleteBeta(_ x: Double, complement: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if complement <= 0 { return 1 }
    return x < (a + 1) / (a + b + 2)
        ? betaFraction(x, complement, a, b)
        : 1 - betaFraction(complement, x, b, a)
}

private func betaFraction(_ x: Double, _ complement: Double, _ a: Double, _ b: Double) -> Double {
    let prefactor = exp(
        a * log(x) + b * log(complement) + logGamma(a + b) - logGamma(a) - logGamma(b) - log(a))
    return prefactor
        * continuedFraction { step in
            guard step > 0 else { return (1, 1) }
            let m = Double(step / 2)
            let numerator =
                step.isMultiple(of: 2)
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            return (numerator, 1)
        }
}
