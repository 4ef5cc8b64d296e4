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

    /// No value where there should be one: absent, not a number, or of another type.
    package var missingCount: UInt64 { missing + notANumber }

    /// - Precondition: both count over the same cells.
    package func merged(with other: FeatureProfile) -> FeatureProfile {
        var sum = self
        sum.addAllButCells(of: other)
        sum.cells = cells.merged(with: other.cells)
        return sum
    }

    /// For those who add the cells up unpacked.
    mutating func addAllButCells(of other: FeatureProfile) {
        rows += other.rows
        missing += other.missing
        notANumber += other.notANumber
        negativeInfinity += other.negativeInfinity
        positiveInfinity += other.positiveInfinity
        mistyped += other.mistyped
        belowSteps = belowSteps.addingSaturated(other.belowSteps)
        aboveSteps = aboveSteps.addingSaturated(other.aboveSteps)
        minimum = [minimum, other.minimum].compactMap(\.self).min()
        maximum = [maximum, other.maximum].compactMap(\.self).max()
    }
}

extension UInt64 {
    /// Sums of this kind stop at the largest number; they too are the same in any order.
    package func addingSaturated(_ other: UInt64) -> UInt64 {
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
    func wassersteinSample(_ counts: CumulativeCounts, _ cells: NumericCells) -> Wasserstein.Sample {
        guard let finite = cells.knots.finiteCells, let range = cells.knots.finiteRange else {
            return Wasserstein.Sample(counts)
        }
        var sample = Wasserstein.Sample(
            counts,
            infinite: (
                below: finite.lowerBound == 0 ? negativeInfinity : 0,
                above: finite.upperBound == counts.sums.count - 1 ? positiveInfinity : 0
            ))
        let total = max(1, sample.total(in: finite))
        func tail(_ steps: UInt64, _ count: Double, furthest: Double) -> Wasserstein.Tail {
            guard count > 0 else { return .none }
            let limit = NumericCells.tailRanges * NumericCells.stepsPerRange * cells.tailStep
            let cutOff = max(0, min(furthest, .greatestFiniteMagnitude) - limit)
            return Wasserstein.Tail(
                meanExcess: Double(steps) * cells.tailStep / total,
                error: count * (cells.tailStep + cutOff) / total)
        }
        let (first, last) = (finite.lowerBound, finite.upperBound)
        sample.below = tail(
            belowSteps, counts.count(in: first...first) - Double(sample.infinite.below),
            furthest: range.lowerBound - (minimum ?? range.lowerBound))
        sample.above = tail(
            aboveSteps, counts.count(in: last...last) - Double(sample.infinite.above),
            furthest: (maximum ?? range.upperBound) - range.upperBound)
        return sample
    }
}
