/// Pearson's χ² test that two samples fall into the same categories in the same shares (homogeneity).
package struct ChiSquared: Equatable, Sendable {
    package var statistic: Double
    package var degreesOfFreedom: Int
    package var pValue: Double
    /// Cramér's V, √(χ²/(n + m)), in [0, 1]: the smaller dimension of a table of two rows is 2.
    package var cramersV: Double

    /// - Parameter table: the two samples over the same columns; columns empty on both sides do not count.
    /// - Returns: `nil` when a sample is empty or fewer than two columns are left.
    package init?(_ table: ContingencyTable) {
        let (n, m) = (Double(table.reference.total), Double(table.current.total))
        let columns = zip(table.reference.cells, table.current.cells).filter { $0 > 0 || $1 > 0 }
        guard n > 0, m > 0, columns.count > 1 else { return nil }
        statistic = columns.reduce(0.0) { sum, column in
            let (r, w) = (Double(column.0), Double(column.1))
            let (expectedR, expectedW) = ((r + w) * n / (n + m), (r + w) * m / (n + m))
            return sum + (r - expectedR) * (r - expectedR) / expectedR
                + (w - expectedW) * (w - expectedW) / expectedW
        }
        degreesOfFreedom = columns.count - 1
        pValue = chiSquaredSurvival(statistic, degreesOfFreedom: degreesOfFreedom)
        cramersV = min(1, (statistic / (n + m)).squareRoot())
    }
}

/// Two samples over the columns that a test of homogeneity may use.
///
/// All that is unseen or folded, and every category of which the window is expected to hold fewer than 5,
/// form one column; if that is itself below 5 it joins the smallest column kept. (W. G. Cochran, "Some
/// Methods for Strengthening the Common χ² Tests", Biometrics 10, 1954, for the 5. Unseen values as a column
/// of their own, chosen for being 0 in the reference, would alarm on every long-tailed feature.)
package struct ContingencyTable: Equatable, Sendable {
    package var reference: CellCounts
    package var current: CellCounts
    /// The category of each column; `nil` of the one that holds several.
    package var categories: [Int?]

    package static let minimumExpectedCount = 5.0

    /// - Parameters:
    ///   - reference: counts of the kept categories, in dictionary order.
    ///   - current: counts of the same categories.
    ///   - rest: what lies outside them on either side: unseen values and the folded tail.
    package init(reference: [UInt64], current: [UInt64], rest: (reference: UInt64, current: UInt64)) {
        let (n, m) = (reference.reduce(rest.reference, +), current.reduce(rest.current, +))
        func isRare(_ column: (UInt64, UInt64)) -> Bool {
            Double(column.0 + column.1) * Double(m) / Double(n + m) < ContingencyTable.minimumExpectedCount
        }
        categories = reference.indices.filter { n + m > 0 && !isRare((reference[$0], current[$0])) }
        var kept = zip(reference, current).filter { n + m > 0 && !isRare($0) }
        let pooled = zip(reference, current).filter { n + m > 0 && isRare($0) }
            .reduce((rest.reference, rest.current)) { ($0.0 + $1.0, $0.1 + $1.1) }
        if pooled.0 + pooled.1 > 0 {
            let smallest = kept.indices.min { kept[$0].0 + kept[$0].1 < kept[$1].0 + kept[$1].1 }
            if isRare(pooled), let smallest {
                kept[smallest] = (kept[smallest].0 + pooled.0, kept[smallest].1 + pooled.1)
                categories[smallest] = nil
            } else {
                kept.append(pooled)
                categories.append(nil)
            }
        }
        self.reference = CellCounts(kept.map(\.0))
        self.current = CellCounts(kept.map(\.1))
    }
}
