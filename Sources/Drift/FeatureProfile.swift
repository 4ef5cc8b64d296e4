import Statistics

/// All that is kept of a feature's values in a pane, a block or a whole reference. Profiles over the same
/// cells merge exactly, in any order.
package struct FeatureProfile: Equatable, Sendable {
    /// Rows that carried the feature, missing ones included.
    package var rows: UInt64 = 0
    /// No value at all.
    package var missing: UInt64 = 0
    /// A value that is not a number; it enters no cell.
    package var notANumber: UInt64 = 0
    package var negativeInfinity: UInt64 = 0
    package var positiveInfinity: UInt64 = 0
    /// Values of a type the feature cannot have: they count as missing too.
    package var mistyped: UInt64 = 0
    package var cells = PackedCounts()
    /// How far values lie beyond the outermost knots, in steps of `NumericCells.tailStep`.
    package var belowSteps: UInt64 = 0
    package var aboveSteps: UInt64 = 0
    /// The smallest and the largest finite value.
    package var minimum: Double?
    package var maximum: Double?

    package init() {}

    /// - Precondition: both count over the same cells.
    package func merged(with other: FeatureProfile) -> FeatureProfile {
        var sum = self
        sum.rows += other.rows
        sum.missing += other.missing
        sum.notANumber += other.notANumber
        sum.negativeInfinity += other.negativeInfinity
        sum.positiveInfinity += other.positiveInfinity
        sum.mistyped += other.mistyped
        sum.belowSteps = belowSteps.addingSaturated(other.belowSteps)
        sum.aboveSteps = aboveSteps.addingSaturated(other.aboveSteps)
        sum.minimum = [minimum, other.minimum].compactMap(\.self).min()
        sum.maximum = [maximum, other.maximum].compactMap(\.self).max()
        sum.cells = cells.merged(with: other.cells)
        return sum
    }
}

extension UInt64 {
    /// Sums of this kind stop at the largest number; they too are the same in any order.
    func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}

// MARK: - What comes from outside

extension FeatureProfile {
    /// Every row is in a cell or lacks a value, and no number is so large that sums of them overflow.
    var isConsistent: Bool {
        [rows, missing, notANumber, negativeInfinity, positiveInfinity, mistyped]
            .allSatisfy { $0 <= PackedCounts.largestTotal }
            && rows == missing + notANumber + cells.total && mistyped <= missing
    }

    /// Whether every count lies in one of `partition`'s cells, those of infinities where infinities are counted.
    func fits(_ partition: FeatureCells) -> Bool {
        guard cells.cellSpan <= partition.cellCount else { return false }
        switch partition {
        case .numeric(let numeric):
            let counts = cells.unpacked(cellCount: partition.cellCount).cells
            return negativeInfinity <= counts[numeric.knots.cell(of: -.infinity)]
                && positiveInfinity <= counts[numeric.knots.cell(of: .infinity)]
        case .categorical: return negativeInfinity == 0 && positiveInfinity == 0
        }
    }
}

extension FeatureProfile: Codable {
    private enum CodingKeys: String, CodingKey {
        case rows, missing, mistyped, cells, minimum, maximum
        case notANumber = "nan"
        case negativeInfinity = "negative_infinity"
        case positiveInfinity = "positive_infinity"
        case belowSteps = "below_steps"
        case aboveSteps = "above_steps"
    }
}

extension FeatureProfile {
    /// The finite values of a number as Wasserstein's distance wants them.
    func wassersteinSample(_ counts: CellCounts, _ cells: NumericCells) -> Wasserstein.Sample {
        guard let finite = cells.knots.finiteCells, let range = cells.knots.finiteRange else {
            return Wasserstein.Sample(counts)
        }
        let counts = withoutInfinities(counts, finite)
        let total = Double(max(1, counts.sum(over: finite)))
        func tail(_ steps: UInt64, _ count: UInt64, furthest: Double) -> Wasserstein.Tail {
            guard count > 0 else { return .none }
            let limit = NumericCells.tailRanges * NumericCells.stepsPerRange * cells.tailStep
            let cutOff = max(0, min(furthest, .greatestFiniteMagnitude) - limit)
            return Wasserstein.Tail(
                meanExcess: Double(steps) * cells.tailStep / total,
                error: Double(count) * (cells.tailStep + cutOff) / total)
        }
        return Wasserstein.Sample(
            counts,
            below: tail(
                belowSteps, counts.cells[finite.lowerBound],
                furthest: range.lowerBound - (minimum ?? range.lowerBound)),
            above: tail(
                aboveSteps, counts.cells[finite.upperBound],
                furthest: (maximum ?? range.upperBound) - range.upperBound))
    }

    /// Infinities that are no knots were counted into the outermost open cells.
    private func withoutInfinities(_ counts: CellCounts, _ finite: ClosedRange<Int>) -> CellCounts {
        let below = finite.lowerBound == 0 ? negativeInfinity : 0
        let above = finite.upperBound == counts.cells.count - 1 ? positiveInfinity : 0
        guard below > 0 || above > 0 else { return counts }
        var cells = counts.cells
        cells[0] -= below
        cells[cells.count - 1] -= above
        return CellCounts(cells)
    }
}
