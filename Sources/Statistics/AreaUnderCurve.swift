/// The area under the ROC curve: how often a positive scores above a negative, ties by half (midranks).
package struct AreaUnderCurve: Equatable, Sendable {
    package let value: Double
    /// E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Biometrics 44, 1988; `nil` when a class has one row.
    package let variance: Double?
    private let (positives, negatives): (Double, Double)

    /// - Parameter ascending: sorted by score.
    /// - Returns: `nil` when a class has no row.
    init?(ascending rows: [BinaryOutcomes.Scored]) {
        let groups = TieGroup.groups(ascending: rows)
        let (m, n) = groups.reduce((0.0, 0.0)) { ($0.0 + $1.positives, $0.1 + $1.negatives) }
        guard m > 0, n > 0 else { return nil }
        (positives, negatives) = (m, n)
        var below = 0.0
        var sum = 0.0
        for group in groups {
            sum += group.positives * (below + group.negatives / 2)
            below += group.negatives
        }
        value = sum / (m * n)
        variance = m > 1 && n > 1 ? AreaUnderCurve.variance(groups, value, m, n) : nil
    }

    /// Every positive's share of negatives below it, and every negative's share of positives above it: their
    /// variances over their numbers.
    private static func variance(_ groups: [TieGroup], _ area: Double, _ m: Double, _ n: Double) -> Double {
        var (below, above) = (0.0, m)
        var (squaresOfPositives, squaresOfNegatives) = (0.0, 0.0)
        for group in groups {
            above -= group.positives
            let beaten = (below + group.negatives / 2) / n - area
            let beating = (above + group.positives / 2) / m - area
            squaresOfPositives += group.positives * beaten * beaten
            squaresOfNegatives += group.negatives * beating * beating
            below += group.negatives
        }
        return squaresOfPositives / ((m - 1) * m) + squaresOfNegatives / ((n - 1) * n)
    }

    /// Normal by DeLong's variance; where that is none or 0 (classes that do not overlap), Newcombe's.
    func estimate(z: Double) -> IntervalEstimate {
        guard let variance, variance > 0 else {
            return IntervalEstimate(
                value, lower: newcombeLimit(towards: 0, z), upper: newcombeLimit(towards: 1, z))
        }
        return IntervalEstimate(value, margin: z * variance.squareRoot(), within: 0...1)
    }

    /// The area θ at which |value − θ| = z √V(θ), V being the exponential model's of Hanley and McNeil with both
    /// sizes averaged: R. G. Newcombe, "Confidence intervals for an effect size measure based on the Mann–Whitney
    /// statistic. Part 2", Statistics in Medicine 25, 2006, method 5.
    private func newcombeLimit(towards end: Double, _ z: Double) -> Double {
        var (inside, outside) = (value, end)
        while true {
            let middle = (inside + outside) / 2
            if middle == inside || middle == outside { return middle }
            if abs(value - middle) < z * modelVariance(middle).squareRoot() {
                inside = middle
            } else {
                outside = middle
            }
        }
    }

    private func modelVariance(_ area: Double) -> Double {
        let size = (positives + negatives) / 2 - 1
        return area * (1 - area) * (1 + size * ((1 - area) / (2 - area) + area / (1 + area)))
            / (positives * negatives)
    }
}

/// Rows of one score.
private struct TieGroup {
    var positives = 0.0
    var negatives = 0.0

    static func groups(ascending rows: [BinaryOutcomes.Scored]) -> [TieGroup] {
        var groups: [TieGroup] = []
        groups.reserveCapacity(rows.count)
        var last = Double.nan
        for row in rows {
            if row.score != last { groups.append(TieGroup()) }
            groups[groups.count - 1].positives += row.positive
            groups[groups.count - 1].negatives += 1 - row.positive
            last = row.score
        }
        return groups
    }
}
