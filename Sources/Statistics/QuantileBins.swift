/// A reference's distribution cut into bins of about equal mass, frozen with the reference.
///
/// The edges are the quantiles j/B, j = 1 … B − 1, of the reference (the smallest knot with that much mass at
/// or below it), each bin closed above, both ends open to infinity. A value that holds 1/B of the mass or more
/// is a bin of its own, and what lies on either side of it are bins too: so neither a constant nor a
/// zero-inflated reference is blind.
package struct QuantileBins: Equatable, Sendable {
    /// The last cell of each bin, ascending; the last element is the partition's last cell.
    package let lastCells: [Int]

    package var count: Int { lastCells.count }

    package init(reference: CellCounts, bins: Int = 10) {
        var ends: Set<Int> = [reference.cells.count - 1]
        var cumulative: UInt64 = 0
        var quantile = 1
        for (cell, count) in reference.cells.enumerated() {
            cumulative += count
            guard !cell.isMultiple(of: 2) else { continue }
            if count > 0, count * UInt64(bins) >= reference.total { ends.formUnion([cell - 1, cell]) }
            while quantile < bins, cumulative * UInt64(bins) >= UInt64(quantile) * reference.total {
                if reference.total > 0 { ends.insert(cell) }
                quantile += 1
            }
        }
        lastCells = ends.sorted()
    }

    /// The counts of the bins.
    package func counts(_ sample: CellCounts) -> CellCounts {
        var sums: [UInt64] = []
        sums.reserveCapacity(count)
        var cell = 0
        for last in lastCells {
            var sum: UInt64 = 0
            while cell <= last {
                sum &+= sample.cells[cell]
                cell &+= 1
            }
            sums.append(sum)
        }
        return CellCounts(sums)
    }
}
