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

    package struct Sample {
        package var cells: CellCounts
        package var below: Tail
        package var above: Tail

        package init(_ cells: CellCounts, below: Tail = .none, above: Tail = .none) {
            (self.cells, self.below, self.above) = (cells, below, above)
        }
    }

    /// - Returns: `nil` when either sample has no finite value, or the knots are all infinite.
    package init?(_ f: Sample, _ g: Sample, knots: Knots) {
        guard let finite = knots.finiteCells else { return nil }
        let (fTotal, gTotal) = (f.cells.sum(over: finite), g.cells.sum(over: finite))
        guard fTotal > 0, gTotal > 0 else { return nil }
        let inner = areaBetween(
            f.cells.cells.span, g.cells.cells.span, 1 / Double(fTotal), 1 / Double(gTotal), knots, finite)
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

extension CellCounts {
    package func sum(over range: ClosedRange<Int>) -> UInt64 { cells[range].reduce(0, +) }
}

/// Between two knots both distributions are flat but for the mass in their open cell, which steps up at the
/// midpoint: half the width at the level of the left knot, half at the level just below the right one.
private func areaBetween(
    _ f: Span<UInt64>, _ g: Span<UInt64>, _ fUnit: Double, _ gUnit: Double, _ knots: Knots,
    _ finite: ClosedRange<Int>
) -> (area: Double, error: Double) {
    var (fSum, gSum): (UInt64, UInt64) = (f[finite.lowerBound], g[finite.lowerBound])
    var (area, error) = (0.0, 0.0)
    var knot = finite.lowerBound / 2
    let last = finite.upperBound / 2 - 1
    while knot < last {
        fSum &+= f[2 &* knot &+ 1]
        gSum &+= g[2 &* knot &+ 1]
        let halfWidth = knots[knot &+ 1] / 2 - knots[knot] / 2
        let left = abs(Double(fSum) * fUnit - Double(gSum) * gUnit)
        let (fOpen, gOpen) = (f[2 &* knot &+ 2], g[2 &* knot &+ 2])
        fSum &+= fOpen
        gSum &+= gOpen
        let right = abs(Double(fSum) * fUnit - Double(gSum) * gUnit)
        area += halfWidth * (left + right)
        error += halfWidth * (Double(fOpen) * fUnit + Double(gOpen) * gUnit)
        knot &+= 1
    }
    return (area, error)
}
