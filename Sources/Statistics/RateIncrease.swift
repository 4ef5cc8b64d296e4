import Glibc

/// Whether something happens more often in a window than it did in the reference.
package struct RateIncrease: Equatable, Sendable {
    /// The window's rate less the reference's, in [−1, 1].
    package var difference: Double
    /// P(A > a) + ½ P(A = a) for the window's count A given the pooled count: hypergeometric, one-sided,
    /// mid-p. (A pooled z test is wrong by an order of magnitude at the rates that matter here.)
    package var pValue: Double

    /// - Returns: `nil` when either side has no rows.
    package init?(reference: (count: UInt64, rows: UInt64), current: (count: UInt64, rows: UInt64)) {
        guard reference.rows > 0, current.rows > 0 else { return nil }
        difference =
            Double(current.count) / Double(current.rows) - Double(reference.count) / Double(reference.rows)
        pValue = Hypergeometric(
            population: Double(reference.rows + current.rows),
            successes: Double(reference.count + current.count), draws: Double(current.rows)
        ).upperMidP(Double(current.count))
    }
}

/// Draws without replacement. All counts are integers held in doubles, exact to 2⁵³.
package struct Hypergeometric: Sendable {
    let population: Double
    let successes: Double
    let draws: Double

    package init(population: Double, successes: Double, draws: Double) {
        (self.population, self.successes, self.draws) = (population, successes, draws)
    }

    /// P(A > a) + ½ P(A = a).
    package func upperMidP(_ a: Double) -> Double {
        let point = mass(a)
        let mean = draws * successes / population
        let tail = a >= mean ? sumAbove(a, point) : 1 - point - sumBelow(a, point)
        return min(1, max(0, tail + point / 2))
    }

    private func sumAbove(_ a: Double, _ point: Double) -> Double {
        var (k, term, sum) = (a, point, 0.0)
        while k < min(draws, successes), term > sum * 1e-18 {
            term *= (successes - k) * (draws - k) / ((k + 1) * (population - successes - draws + k + 1))
            sum += term
            k += 1
        }
        return sum
    }

    private func sumBelow(_ a: Double, _ point: Double) -> Double {
        var (k, term, sum) = (a, point, 0.0)
        while k > max(0, draws + successes - population), term > sum * 1e-18 {
            term *= k * (population - successes - draws + k) / ((successes - k + 1) * (draws - k + 1))
            sum += term
            k -= 1
        }
        return sum
    }

    /// P(A = a) by C. Loader's saddle-point expansion, "Fast and Accurate Computation of Binomial
    /// Probabilities" (2000): a quotient of binomials in which nothing large cancels.
    private func mass(_ a: Double) -> Double {
        guard draws > 0, draws < population else { return 1 }
        let p = draws / population
        return binomialMass(a, successes, p)
            * (binomialMass(draws - a, population - successes, p) / binomialMass(draws, population, p))
    }
}

/// P(X = k) of n trials that succeed with probability p each.
func binomialMass(_ k: Double, _ n: Double, _ p: Double) -> Double {
    guard k >= 0, k <= n else { return 0 }
    if n == 0 { return 1 }
    if k == 0 { return exp(n * log1p(-p)) }
    if k == n { return exp(n * log(p)) }
    let exponent =
        stirlingError(n) - stirlingError(k) - stirlingError(n - k) - deviance(k, n * p)
        - deviance(n - k, n * (1 - p))
    return exp(exponent) * (n / (2 * .pi * k * (n - k))).squareRoot()
}

/// x ln(x/m) + m − x, for x ≥ 0 and m > 0, without cancellation where x is close to m.
func deviance(_ x: Double, _ m: Double) -> Double {
    if x == 0 { return m }
    guard abs(x - m) < 0.1 * (x + m) else { return x * log(x / m) + m - x }
    let v = (x - m) / (x + m)
    var sum = (x - m) * v
    var term = 2 * x * v
    for j in 1..<1000 {
        term *= v * v
        let next = sum + term / Double(2 * j + 1)
        if next == sum { break }
        sum = next
    }
    return sum
}
