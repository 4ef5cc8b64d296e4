import Glibc

/// The distribution of the two-sided one-sample Kolmogorov–Smirnov statistic Dₙ, `scipy.stats.kstwo`.
///
/// Which of four methods answers, and where, follows R. Simard and P. L'Ecuyer, "Computing the Two-Sided
/// Kolmogorov–Smirnov Distribution", Journal of Statistical Software 39(11), 2011.
package struct KolmogorovDistribution: Sendable {
    package let sampleSize: Int
    private let n: Double

    /// - Precondition: `sampleSize` ≥ 1.
    package init(sampleSize: Int) {
        precondition(sampleSize >= 1, "a statistic of no values has no distribution")
        self.sampleSize = sampleSize
        n = Double(sampleSize)
    }

    /// P(Dₙ > d), in [0, 1].
    package func survival(_ d: Double) -> Double {
        let t = n * d
        if t <= 0.5 { return 1 }
        if d >= 1 { return 0 }
        if t <= 1 { return 1 - exp(logFactorial(sampleSize) - n * log(n) + n * log(2 * t - 1)) }
        if t >= n - 1 { return 2 * pow(1 - d, n) }
        if d >= 0.5 { return 2 * oneSidedSurvival(d) }
        return min(1, max(0, survivalInside(d)))
    }

    private func survivalInside(_ d: Double) -> Double {
        let square = n * d * d
        if square >= 370 { return 0 }
        if square >= (sampleSize <= 140 ? 4 : 2.2) { return 2 * oneSidedSurvival(d) }
        if sampleSize <= 140 || (sampleSize <= 100_000 && n * pow(d, 1.5) <= 1.4) {
            return 1 - matrixDistribution(d)
        }
        return 1 - seriesDistribution(d)
    }

    /// So many terms of Smirnov's sum give it to 1e-10 wherever it is above 1e-200.
    private static let terms = 96

    /// Smirnov's exact P(Dₙ⁺ > d) = d Σⱼ C(n, j) (d + j/n)^(j−1) (1 − d − j/n)^(n−j), over j < n(1 − d).
    ///
    /// The summand is smooth in j and vanishes at both ends, so every h-th term, times h, has the same sum: the
    /// trapezoidal rule. The binomial coefficient is Stirling's with its error, in which nothing large cancels.
    private func oneSidedSurvival(_ d: Double) -> Double {
        let stride = Double(max(1, sampleSize / KolmogorovDistribution.terms))
        let wholeError = stirlingError(n)
        var sum = exp(n * log1p(-d)) / d
        var j = stride
        while j < n * (1 - d) {
            let rest = n - j
            let exponent =
                wholeError - stirlingError(j) - stirlingError(rest) + j * log1p(d * n / j)
                + rest * log1p(-d * n / rest)
            sum += stride * exp(exponent) * (n / (2 * .pi * j * rest)).squareRoot() / (d + j / n)
            j += stride
        }
        return d * sum
    }

    /// P(Dₙ ≤ d) = n!/nⁿ · (Hⁿ)ₖₖ. J. Durbin's matrix in the form of G. Marsaglia, W. W. Tsang and J. Wang,
    /// "Evaluating Kolmogorov's Distribution", Journal of Statistical Software 8(18), 2003.
    private func matrixDistribution(_ d: Double) -> Double {
        let k = Int(n * d) + 1
        let excess = Double(k) - n * d
        var power = DurbinMatrix(order: 2 * k - 1, excess: excess).raised(to: sampleSize)
        for i in 1...sampleSize {
            power.centre *= Double(i) / n
            if power.centre < 1e-140 {
                power.centre *= 1e140
                power.decimalExponent -= 140
            }
        }
        return power.centre * pow(10, Double(power.decimalExponent))
    }

    /// P(Dₙ ≤ z/√n) ≈ K₀ + K₁/√n + K₂/n + K₃/n^(3/2). W. Pelz and I. J. Good, "Approximating the Lower
    /// Tail-areas of the Kolmogorov–Smirnov One-sample Statistic", JRSS B 38(2), 1976.
    private func seriesDistribution(_ d: Double) -> Double {
        let z = d * n.squareRoot()
        let z2 = z * z
        let decay = Double.pi * Double.pi / (2 * z2)
        var (k0, k1, k2, k3) = (0.0, 0.0, 0.0, 0.0)
        for k in 0..<maximumTerms(decay) {
            let half = Double(k) + 0.5
            let weight = exp(-decay * half * half)
            let a = Double.pi * Double.pi * half * half
            k0 += weight
            k1 += (a - z2) * weight
            k2 +=
                (6 * z2 * z2 * z2 + 2 * z2 * z2 + (2 * z2 * z2 - 5 * z2) * a + (1 - 2 * z2) * a * a) * weight
            k3 +=
                ((5 - 30 * z2) * a * a * a + (-60 * z2 + 212 * z2 * z2) * a * a
                    + (135 * z2 * z2 - 96 * z2 * z2 * z2) * a - 30 * z2 * z2 * z2 - 90 * z2 * z2 * z2 * z2)
                * weight
        }
        var (k2Whole, k3Whole) = (0.0, 0.0)
        for k in 1...maximumTerms(decay) {
            let whole = Double(k)
            let weight = exp(-decay * whole * whole)
            let a = Double.pi * Double.pi * whole * whole
            k2Whole += a * weight
            k3Whole += (-a * a + 3 * a * z2) * weight
        }
        let root = (Double.pi / 2).squareRoot()
        let first = 2 * root / z * k0
        let second = 2 * root / (6 * z2 * z2) * k1
        let third = 2 * root * (k2 / (72 * pow(z, 7)) - k2Whole / (36 * pow(z, 3)))
        let fourth = 2 * root * (k3 / (6480 * pow(z, 10)) + k3Whole / (216 * pow(z, 6)))
        return first + second / n.squareRoot() + third / n + fourth / pow(n, 1.5)
    }

    /// Terms fall as exp(−decay · k²): as many as reach 1e-20.
    private func maximumTerms(_ decay: Double) -> Int { 2 + Int((46 / decay).squareRoot()) }
}

/// Durbin's matrix, and its powers with the exponent kept apart so that they cannot overflow.
private struct DurbinMatrix {
    let order: Int
    var elements: [Double]
    var decimalExponent = 0

    init(order: Int, excess h: Double) {
        self.order = order
        elements = Array(repeating: 0, count: order * order)
        for row in 0..<order {
            for column in 0...min(row + 1, order - 1) { elements[row * order + column] = 1 }
        }
        for i in 0..<order {
            elements[i * order] -= pow(h, Double(i + 1))
            elements[(order - 1) * order + i] -= pow(h, Double(order - i))
        }
        elements[(order - 1) * order] += 2 * h > 1 ? pow(2 * h - 1, Double(order)) : 0
        for row in 0..<order {
            for column in 0...min(row + 1, order - 1) where row - column + 1 > 0 {
                for factor in 1...(row - column + 1) { elements[row * order + column] /= Double(factor) }
            }
        }
    }

    private var centreIndex: Int { (order / 2) * order + order / 2 }

    var centre: Double {
        get { elements[centreIndex] }
        set { elements[centreIndex] = newValue }
    }

    func raised(to exponent: Int) -> DurbinMatrix {
        guard exponent > 1 else { return self }
        let half = raised(to: exponent / 2)
        let even = half.times(half)
        return exponent.isMultiple(of: 2) ? even : even.times(self)
    }

    private func times(_ other: DurbinMatrix) -> DurbinMatrix {
        var product = self
        product.elements = Array(repeating: 0, count: order * order)
        for row in 0..<order {
            for inner in 0..<order {
                let factor = elements[row * order + inner]
                for column in 0..<order {
                    product.elements[row * order + column] += factor * other.elements[inner * order + column]
                }
            }
        }
        product.decimalExponent = decimalExponent + other.decimalExponent
        product.rescale()
        return product
    }

    private mutating func rescale() {
        guard centre > 1e140 else { return }
        for i in elements.indices { elements[i] *= 1e-140 }
        decimalExponent += 140
    }
}
