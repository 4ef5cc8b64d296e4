/// The ascending, distinct values that cut the real line into the cells a window is counted in.
///
/// `m` knots r₀ < … < rₘ₋₁ make 2m + 1 cells: cell 2i is the open interval (rᵢ₋₁, rᵢ), cell 2i + 1 is the
/// point rᵢ, and cell 2m is (rₘ₋₁, ∞). −∞ and +∞ may be knots; NaN has no cell.
package struct Knots: Equatable, Sendable {
    package let count: Int
    /// Padded with +∞ to a power of two greater than `count`, so that every search takes the same steps.
    private let padded: [Double]

    /// - Precondition: `values` ascend strictly and hold no NaN.
    package init(ascending values: [Double]) {
        precondition(
            zip(values, values.dropFirst()).allSatisfy(<) && values.allSatisfy { !$0.isNaN },
            "knots must ascend strictly")
        count = values.count
        var size = 1
        while size <= values.count { size *= 2 }
        padded = values + Array(repeating: .infinity, count: size - values.count)
    }

    package var cellCount: Int { 2 * count + 1 }
    package var values: ArraySlice<Double> { padded[..<count] }
    package subscript(index: Int) -> Double { padded[index] }

    /// The smallest and the largest finite knot; `nil` when there is none.
    package var finiteRange: ClosedRange<Double>? {
        guard let low = values.first(where: \.isFinite), let high = values.last(where: \.isFinite)
        else { return nil }
        return low...high
    }

    /// The cell of a value that is not NaN.
    package func cell(of value: Double) -> Int {
        var rank = 0
        var half = padded.count / 2
        while half > 0 {
            rank += padded[rank + half - 1] < value ? half : 0
            half /= 2
        }
        return 2 * rank + (rank < count && padded[rank] == value ? 1 : 0)
    }

    /// Counts each value into its cell of `cells`. A NaN lands in cell 0; the caller takes it out again.
    ///
    /// - Precondition: `cells` holds `cellCount` elements.
    package func count(_ values: Span<Double>, into cells: inout [UInt32]) {
        precondition(cells.count == cellCount, "\(cells.count) cells for \(count) knots")
        var cells = cells.mutableSpan
        tally(values, knots: padded.span, knotCount: count, cells: &cells)
    }
}

/// Eight searches run side by side, so that the processor waits for eight loads at once. Every step adds
/// the comparison itself, shifted: written as a choice between two ranks it would compile to a branch that
/// is mispredicted half the time, at ten times the cost.
///
/// Indices stay in range by construction: a rank is at most `knots.count − 1`, and the caller has checked
/// that there are `2 · knotCount + 1` cells; hence the unchecked accesses.
private func tally(
    _ values: Span<Double>, knots: Span<Double>, knotCount: Int, cells: inout MutableSpan<UInt32>
) {
    let steps = knots.count.trailingZeroBitCount
    var next = 0
    while next &+ 8 <= values.count {
        let (s, t) = unsafe (values[unchecked: next], values[unchecked: next &+ 1])
        let (u, v) = unsafe (values[unchecked: next &+ 2], values[unchecked: next &+ 3])
        let (w, x) = unsafe (values[unchecked: next &+ 4], values[unchecked: next &+ 5])
        let (y, z) = unsafe (values[unchecked: next &+ 6], values[unchecked: next &+ 7])
        var (a, b, c, d, e, f, g, h) = (0, 0, 0, 0, 0, 0, 0, 0)
        var step = steps
        while step > 0 {
            step &-= 1
            let middle = (1 &<< step) &- 1
            unsafe a &+= (knots[unchecked: a &+ middle] < s ? 1 : 0) &<< step
            unsafe b &+= (knots[unchecked: b &+ middle] < t ? 1 : 0) &<< step
            unsafe c &+= (knots[unchecked: c &+ middle] < u ? 1 : 0) &<< step
            unsafe d &+= (knots[unchecked: d &+ middle] < v ? 1 : 0) &<< step
            unsafe e &+= (knots[unchecked: e &+ middle] < w ? 1 : 0) &<< step
            unsafe f &+= (knots[unchecked: f &+ middle] < x ? 1 : 0) &<< step
            unsafe g &+= (knots[unchecked: g &+ middle] < y ? 1 : 0) &<< step
            unsafe h &+= (knots[unchecked: h &+ middle] < z ? 1 : 0) &<< step
        }
        unsafe mark(a, s, knots, knotCount, &cells)
        unsafe mark(b, t, knots, knotCount, &cells)
        unsafe mark(c, u, knots, knotCount, &cells)
        unsafe mark(d, v, knots, knotCount, &cells)
        unsafe mark(e, w, knots, knotCount, &cells)
        unsafe mark(f, x, knots, knotCount, &cells)
        unsafe mark(g, y, knots, knotCount, &cells)
        unsafe mark(h, z, knots, knotCount, &cells)
        next &+= 8
    }
    while next < values.count {
        let value = values[next]
        var rank = 0
        var step = steps
        while step > 0 {
            step &-= 1
            unsafe rank &+= (knots[unchecked: rank &+ (1 &<< step) &- 1] < value ? 1 : 0) &<< step
        }
        unsafe mark(rank, value, knots, knotCount, &cells)
        next &+= 1
    }
}

/// A value of +∞ equals the padding, so being a knot also takes a rank below `knotCount`.
@unsafe @inline(__always)
private func mark(
    _ rank: Int, _ x: Double, _ knots: Span<Double>, _ knotCount: Int, _ cells: inout MutableSpan<UInt32>
) {
    let isKnot = unsafe (rank < knotCount ? 1 : 0) & (knots[unchecked: rank] == x ? 1 : 0)
    unsafe cells[unchecked: 2 &* rank &+ isKnot] &+= 1
}
