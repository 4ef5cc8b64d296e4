/// The two-sample Kolmogorov–Smirnov statistic D = supₓ |F(x) − G(x)|, from counts over common knots.
///
/// At the knots, and just below them, both distributions are known exactly. Where both have mass inside one
/// open cell D may be attained between knots, and `D ≤ statistic + errorBound`; where the knots are all of
/// one sample's distinct values the bound is 0 and the statistic is that of the raw values.
package struct KolmogorovSmirnov: Equatable, Sendable {
    package var statistic: Double
    package var errorBound: Double

    /// - Returns: `nil` when either sample is empty.
    package init?(reference: CellCounts, current: CellCounts) {
        self.init(reference: CumulativeCounts(reference), current: CumulativeCounts(current))
    }

    /// - Returns: `nil` when either sample is empty.
    package init?(reference: CumulativeCounts, current: CumulativeCounts) {
        guard reference.total > 0, current.total > 0 else { return nil }
        let (low, high) = supremum(
            reference.sums.span, current.sums.span, 1 / Double(reference.total), 1 / Double(current.total))
        statistic = min(low, 1)
        errorBound = max(0, min(high, 1) - statistic)
    }

    /// The p-value of `statistic` from the one-sample distribution at the effective size nm/(n + m),
    /// `scipy.stats.ks_2samp(method="asymp")`.
    package func asymptoticPValue(_ n: UInt64, _ m: UInt64) -> Double {
        let effective = (Double(n) * Double(m) / (Double(n) + Double(m))).rounded(.toNearestOrEven)
        guard effective >= 1 else { return 1 }
        return KolmogorovDistribution(sampleSize: Int(effective)).survival(statistic)
    }

    /// The exact p-value of `statistic` for samples of `n` and `m` values without ties: the share of the
    /// lattice paths from (0, 0) to (n, m) that leave the band |x/n − y/m| < D. With ties it errs on the safe
    /// side. Takes O(n · m · D) steps. J. L. Hodges, "The significance probability of the Smirnov two-sample
    /// test", Arkiv för Matematik 3 (1958).
    package func exactPValue(_ n: Int, _ m: Int) -> Double {
        let (long, short) = n >= m ? (n, m) : (m, n)
        let divisor = greatestCommonDivisor(long, short)
        let (perLong, perShort) = (short / divisor, long / divisor)
        let width = Int((statistic * Double(perLong) * Double(long)).rounded())
        guard width > 0 else { return 1 }
        return pathsLeavingBand(long, short, perLong, perShort, width)
    }
}

/// The largest difference at and just below a knot, and the largest that could be between knots. A knot and the
/// open cell above it go side by side; what is above the last knot is between knots alone.
private func supremum(
    _ f: Span<Double>, _ g: Span<Double>, _ fUnit: Double, _ gUnit: Double
) -> (low: Double, high: Double) {
    guard f.count > 1 else { return (0, 1) }
    let (fFirst, gFirst) = (f[0] * fUnit, g[0] * gUnit)
    var highest = SIMD2(repeating: fFirst - gFirst)
    var deepest = -highest
    var between = SIMD2(fFirst, gFirst)
    var cell = 1
    while cell &+ 2 < f.count {
        let p = SIMD2(f[cell], f[cell &+ 1]) * fUnit
        let q = SIMD2(g[cell], g[cell &+ 1]) * gUnit
        highest = larger(highest, p - q)
        deepest = larger(deepest, q - p)
        between = larger(between, SIMD2(p[1], q[1]) - SIMD2(q[0], p[0]))
        cell &+= 2
    }
    let (fAtKnot, gAtKnot) = (f[cell] * fUnit, g[cell] * gUnit)
    let (fEnd, gEnd) = (f[cell &+ 1] * fUnit, g[cell &+ 1] * gUnit)
    let low = max(highest.max(), deepest.max(), abs(fAtKnot - gAtKnot))
    return (low, max(low, between.max(), gEnd - fAtKnot, fEnd - gAtKnot))
}

/// One instruction, as `pointwiseMax` is not: it would have to tell −0 from 0.
@inline(__always)
func larger(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> { a.replacing(with: b, where: b .> a) }

/// The probability that a uniformly drawn path to (x, y) has touched |x · perLong − y · perShort| ≥ width,
/// by P(x, y) = (x · P(x−1, y) + y · P(x, y−1)) / (x + y), column by column; outside the band it is 1.
private func pathsLeavingBand(_ long: Int, _ short: Int, _ perLong: Int, _ perShort: Int, _ width: Int)
    -> Double
{
    var left = Array(repeating: 1.0, count: short + 1)
    for x in 0...long {
        let lowest = max(0, (x * perLong - width).flooredQuotient(perShort) + 1)
        let highest = min(short, (x * perLong + width - 1).flooredQuotient(perShort))
        guard lowest <= highest else { return 1 }
        if lowest > 0 { left[lowest - 1] = 1 }
        var below = lowest == 0 ? 0.0 : 1.0
        for y in lowest...highest {
            let steps = x + y
            below = steps == 0 ? 0 : (Double(x) * left[y] + Double(y) * below) / Double(steps)
            left[y] = below
        }
    }
    return left[short]
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}

extension Int {
    fileprivate func flooredQuotient(_ divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
