/// The Wasserstein-1 distance ∫ |F − G| between the finite values of two samples counted over common knots,
/// in the feature's own unit; `scipy.stats.wasserstein_distance`.
///
/// Values at knots are placed exactly, those in an open cell at its midpoint. Beyond the outermost knots each
/// side knows the sum of its distances, so a tail is exact too while only one of the sides has values in it.
package struct Wasserstein: Equatable, Sendable {
    package var distance: Double
    /// The distance of the raw values lies within `distance ± errorBound`.
    package var errorBound: Double

    /// What a sample has beyond the outermost finite knots.
    package struct Tail: Equatable, Sendable {
        /// The mean distance from the outermost knot, over *all* of the sample's finite values (≥ 0).
        package var meanExcess: Double
        /// How far `meanExcess` may be off: values beyond the tail's limit were counted at the limit.
        package var error: Double

        package static let none = Tail(meanExcess: 0, error: 0)

        package init(meanExcess: Double, error: Double) {
            (self.meanExcess, self.error) = (meanExcess, error)
        }
    }

    package struct Sample: Sendable {
        package var counts: CumulativeCounts
        /// Infinities that are no knots, which were counted into the outermost cells.
        package var infinite: (below: UInt64, above: UInt64)
        package var below: Tail
        package var above: Tail

        package init(
            _ counts: CumulativeCounts, infinite: (below: UInt64, above: UInt64) = (0, 0),
            below: Tail = .none, above: Tail = .none
        ) {
            (self.counts, self.infinite, self.below, self.above) = (counts, infinite, below, above)
        }

        package init(_ cells: CellCounts) { self.init(CumulativeCounts(cells)) }

        /// How many finite values there are.
        package func total(in finite: ClosedRange<Int>) -> Double {
            counts.count(in: finite) - Double(infinite.below + infinite.above)
        }

        /// How many values lie below the finite ones.
        fileprivate func count(below finite: ClosedRange<Int>) -> Double {
            counts.count(before: finite.lowerBound) + Double(infinite.below)
        }
    }

    /// - Returns: `nil` when either sample has no finite value, or the knots are all infinite.
    package init?(_ f: Sample, _ g: Sample, knots: Knots) {
        guard let finite = knots.finiteCells else { return nil }
        let (fTotal, gTotal) = (f.total(in: finite), g.total(in: finite))
        guard fTotal > 0, gTotal > 0 else { return nil }
        let inner = areaBetween(
            f.counts.sums.span, g.counts.sums.span, 1 / fTotal, 1 / gTotal,
            knots.values[(finite.lowerBound / 2)..<(finite.upperBound / 2)].span,
            base: f.count(below: finite) / fTotal - g.count(below: finite) / gTotal,
            firstCell: finite.lowerBound + 1)
        let sum =
            inner.area + abs(f.below.meanExcess - g.below.meanExcess)
            + abs(f.above.meanExcess - g.above.meanExcess)
        distance = min(sum, .greatestFiniteMagnitude)
        errorBound =
            inner.error
            + [f.below, g.below, f.above, g.above].reduce(0) { $0 + $1.error }
            + 2 * min(f.below.meanExcess, g.below.meanExcess) + 2
            * min(f.above.meanExcess, g.above.meanExcess)
    }
}

extension Knots {
    /// The cells that can hold a finite value: all but the points −∞ and +∞ and the empty ends behind them.
    package var finiteCells: ClosedRange<Int>? {
        guard let first = values.firstIndex(where: \.isFinite), let last = values.lastIndex(where: \.isFinite)
        else { return nil }
        return (2 * first)...(2 * last + 2)
    }
}

/// Between two knots both distributions are flat but for the mass in their open cell, which steps up at the
/// midpoint: half the width at the level of the left knot, half at the level just below the right one.
///
/// - Parameters:
///   - knots: the finite ones.
///   - base: the difference of the shares below them, which is not between them.
///   - firstCell: the cell of the first knot.
private func areaBetween(
    _ f: Span<Double>, _ g: Span<Double>, _ fUnit: Double, _ gUnit: Double, _ knots: Span<Double>,
    base: Double, firstCell: Int
) -> (area: Double, error: Double) {
    var areas = SIMD2<Double>()
    var error = 0.0
    var knot = 0
    var cell = firstCell
    while knot &+ 1 < knots.count {
        let halfWidth = knots[knot &+ 1] / 2 - knots[knot] / 2
        let p = SIMD2(f[cell], f[cell &+ 1]) * fUnit
        let q = SIMD2(g[cell], g[cell &+ 1]) * gUnit
        let difference = p - q - base
        let mass = p + q
        areas += halfWidth * larger(difference, -difference)
        error += halfWidth * (mass[1] - mass[0])
        knot &+= 1
        cell &+= 2
    }
    return (areas.sum(), error)
}
