import Glibc

/// ln Γ(x) for x > 0.
func logGamma(_ x: Double) -> Double {
    var sign: Int32 = 0
    return unsafe lgamma_r(x, &sign)
}

func logFactorial(_ n: Int) -> Double { logGamma(Double(n) + 1) }

/// ln n! less Stirling's approximation of it.
func stirlingError(_ n: Double) -> Double {
    if n < 16 { return logGamma(n + 1) - (n + 0.5) * log(n) + n - log(2 * .pi) / 2 }
    let square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n
}

/// The regularised upper incomplete gamma function Q(a, x) = Γ(a, x)/Γ(a), for a > 0 and x ≥ 0.
///
/// By its series below x = a + 1, by Legendre's continued fraction above (Lentz's method); DLMF 8.7, 8.9.
func upperIncompleteGamma(_ a: Double, _ x: Double) -> Double {
    if x <= 0 { return 1 }
    if x == .infinity { return 0 }
    let prefactor = exp(a * log(x) - x - logGamma(a))
    return x < a + 1
        ? 1 - prefactor * lowerGammaSeries(a, x)
        : prefactor
            * continuedFraction { step in
                step == 0
                    ? (1, x + 1 - a) : (-Double(step) * (Double(step) - a), x + 2 * Double(step) + 1 - a)
            }
}

private func lowerGammaSeries(_ a: Double, _ x: Double) -> Double {
    var term = 1 / a
    var sum = term
    var denominator = a
    while term > sum * 1e-17 {
        denominator += 1
        term *= x / denominator
        sum += term
    }
    return sum
}

/// Evaluates a₀/(b₀ + a₁/(b₁ + …)) by the modified Lentz method.
func continuedFraction(_ coefficients: (_ step: Int) -> (numerator: Double, denominator: Double)) -> Double {
    let tiny = 1e-300
    var value = tiny
    var (forward, backward) = (tiny, 0.0)
    for step in 0..<100_000 {
        let (a, b) = coefficients(step)
        backward = 1 / nonzero(b + a * backward, tiny)
        forward = nonzero(b + a / forward, tiny)
        let factor = forward * backward
        value *= factor
        if abs(factor - 1) < 1e-16 { break }
    }
    return value
}

private func nonzero(_ x: Double, _ tiny: Double) -> Double { abs(x) < tiny ? tiny : x }

/// P(X > x) for X distributed as χ² with the given degrees of freedom; `scipy.stats.chi2.sf`.
package func chiSquaredSurvival(_ x: Double, degreesOfFreedom: Int) -> Double {
    precondition(degreesOfFreedom >= 1, "χ² needs at least one degree of freedom")
    return upperIncompleteGamma(Double(degreesOfFreedom) / 2, x / 2)
}
