/// The ascending, distinct values that cut the real line into the cells a window is counted in.
///
/// `m` knots r₀ < … < rₘ₋₁ make 2m + 1 cells: cell 2i is the open interval (rᵢ₋₁, rᵢ), cell 2i + 1 is the
/// point rᵢ, and cell 2m is (rₘ₋₁, ∞). −∞ and +∞ may be knots; NaN has no cell.
package struct Knots: Sendable {
    package let count: Int
    /// Padded with NaN, which no value is above or equal to, as far as a search may look.
    private let padded: [Double]
    private let grid: KnotGrid

    /// - Precondition: `values` ascend strictly and hold no NaN.
    package init(ascending values: [Double]) {
        precondition(
            zip(values, values.dropFirst()).allSatisfy(<) && values.allSatisfy { !$0.isNaN },
            "knots must ascend strictly")
        count = values.count
        grid = KnotGrid(values)
        padded = values + Array(repeating: .nan, count: 1 << grid.steps)
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
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if padded[middle] < value { low = middle + 1 } else { high = middle }
        }
        return 2 * low + (padded[low] == value ? 1 : 0)
    }

    /// Counts each value into its cell of `cells`. A NaN lands in cell 0; the caller takes it out again.
    ///
    /// - Precondition: `cells` holds `cellCount` elements.
    package func count(_ values: Span<Double>, into cells: inout [UInt32]) {
        precondition(cells.count == cellCount, "\(cells.count) cells for \(count) knots")
        var cells = cells.mutableSpan
        tally(values, knots: padded.span, starts: grid.starts.span, Frame(grid), cells: &cells)
    }
}

extension Knots: Equatable {
    package static func == (a: Knots, b: Knots) -> Bool { a.values == b.values }
}

/// The numbers of a grid, for the registers of the loop.
private struct Frame {
    let low, scale, lastBucket: Double
    let steps: Int

    init(_ grid: KnotGrid) {
        (low, scale, lastBucket, steps) = (grid.low, grid.scale, grid.lastBucket, grid.steps)
    }
}

/// Eight searches run side by side, so that the processor waits for eight loads at once. Every step adds
/// the comparison itself, shifted: written as a choice between two ranks it would compile to a branch that
/// is mispredicted half the time, at ten times the cost.
///
/// Indices stay in range by construction: a bucket is at most the grid's last, a rank at most
/// `start + 2^steps − 1`, for which the knots are padded, and where it does not count padding the caller has
/// checked that its cell is there; hence the unchecked accesses.
private func tally(
    _ values: Span<Double>, knots: Span<Double>, starts: Span<UInt32>, _ frame: Frame,
    cells: inout MutableSpan<UInt32>
) {
    var next = 0
    while next &+ 8 <= values.count {
        let (s, t) = unsafe (values[unchecked: next], values[unchecked: next &+ 1])
        let (u, v) = unsafe (values[unchecked: next &+ 2], values[unchecked: next &+ 3])
        let (w, x) = unsafe (values[unchecked: next &+ 4], values[unchecked: next &+ 5])
        let (y, z) = unsafe (values[unchecked: next &+ 6], values[unchecked: next &+ 7])
        var (a, b) = unsafe (start(s, starts, frame), start(t, starts, frame))
        var (c, d) = unsafe (start(u, starts, frame), start(v, starts, frame))
        var (e, f) = unsafe (start(w, starts, frame), start(x, starts, frame))
        var (g, h) = unsafe (start(y, starts, frame), start(z, starts, frame))
        var step = frame.steps
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
        unsafe mark(a, s, knots, &cells)
        unsafe mark(b, t, knots, &cells)
        unsafe mark(c, u, knots, &cells)
        unsafe mark(d, v, knots, &cells)
        unsafe mark(e, w, knots, &cells)
        unsafe mark(f, x, knots, &cells)
        unsafe mark(g, y, knots, &cells)
        unsafe mark(h, z, knots, &cells)
        next &+= 8
    }
    while next < values.count {
        let value = values[next]
        var rank = unsafe start(value, starts, frame)
        var step = frame.steps
        while step > 0 {
            step &-= 1
            unsafe rank &+= (knots[unchecked: rank &+ (1 &<< step) &- 1] < value ? 1 : 0) &<< step
        }
        unsafe mark(rank, value, knots, &cells)
        next &+= 1
    }
}

@unsafe @inline(__always)
private func start(_ value: Double, _ starts: Span<UInt32>, _ frame: Frame) -> Int {
    Int(unsafe starts[unchecked: bucket(of: value, frame.low, frame.scale, frame.lastBucket)])
}

@unsafe @inline(__always)
private func mark(_ rank: Int, _ x: Double, _ knots: Span<Double>, _ cells: inout MutableSpan<UInt32>) {
    unsafe cells[unchecked: 2 &* rank &+ (knots[unchecked: rank] == x ? 1 : 0)] &+= 1
}
