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
        let atoms = reference.cells.indices.filter { cell in
            let count = reference.cells[cell]
            return !cell.isMultiple(of: 2) && count > 0 && count * UInt64(bins) >= reference.total
        }
        let ends = quantileCells(reference, bins) + atoms + atoms.map { $0 - 1 }
        lastCells = Set(ends + [reference.cells.count - 1]).sorted()
    }

    /// The quantile edges alone, for drawing: no bins of their own for heavy values.
    package init(edgesOf reference: CellCounts, bins: Int) {
        lastCells = Set(quantileCells(reference, bins) + [reference.cells.count - 1]).sorted()
    }

    /// The counts of the bins.
    package func counts(_ sample: CumulativeCounts) -> CellCounts {
        var below = 0.0
        return CellCounts(
            lastCells.map { last in
                defer { below = sample.sums[last] }
                return UInt64(sample.sums[last] - below)
            })
    }

    package func counts(_ sample: CellCounts) -> CellCounts { counts(CumulativeCounts(sample)) }
}

/// The cells of the smallest knots with at least 1/B, 2/B, … of the mass at or below them.
private func quantileCells(_ reference: CellCounts, _ bins: Int) -> [Int] {
    guard reference.total > 0 else { return [] }
    var cells: [Int] = []
    var cumulative: UInt64 = 0
    var quantile = 1
    for (cell, count) in reference.cells.enumerated() {
        cumulative += count
        guard !cell.isMultiple(of: 2) else { continue }
        while quantile < bins, cumulative * UInt64(bins) >= UInt64(quantile) * reference.total {
            cells.append(cell)
            quantile += 1
        }
    }
    return cells
}
