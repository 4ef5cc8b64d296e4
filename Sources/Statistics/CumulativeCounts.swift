/// How many values of a sample lie in the cells up to each: its distribution function, but for the division.
///
/// Worked out once, it gives any run of cells by one subtraction, and distances read it without adding up.
package struct CumulativeCounts: Equatable, Sendable {
    /// `sums[i]` values lie in the cells 0 … i. Doubles, so that nothing is converted later; exact to 2⁵³.
    package let sums: [Double]
    package let total: UInt64

    package init(_ counts: CellCounts) {
        sums = accumulate(counts.cells.span)
        total = counts.total
    }

    /// How many values lie in the cells before `cell`.
    package func count(before cell: Int) -> Double { cell == 0 ? 0 : sums[cell - 1] }

    package func count(in cells: ClosedRange<Int>) -> Double {
        sums[cells.upperBound] - count(before: cells.lowerBound)
    }

    /// The cells from the first to the last that hold a value; `nil` when none does.
    package var filledCells: ClosedRange<Int>? {
        guard let first = sums.firstIndex(where: { $0 > 0 }), let all = sums.last,
            let last = sums.firstIndex(of: all)
        else { return nil }
        return first...last
    }
}

private func accumulate(_ cells: Span<UInt64>) -> [Double] {
    Array(capacity: cells.count) { sums in
        var sum: UInt64 = 0
        for i in cells.indices {
            sum &+= cells[i]
            sums.append(Double(Int64(bitPattern: sum)))
        }
    }
}
