import Glibc

/// Whether two areas under ROC curves, of two scores of the same rows, differ: rows independent of one another.
///
/// E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, "Comparing the Areas under Two or More Correlated Receiver
/// Operating Characteristic Curves", Biometrics 44, 1988; by midranks in O(n log n): X. Sun and W. Xu, "Fast
/// Implementation of DeLong's Algorithm", IEEE Signal Processing Letters 21, 2014.
package struct DeLongTest: Equatable, Sendable {
    package var area: IntervalEstimate
    package var otherArea: IntervalEstimate
    /// Of the two areas; `nil` when a class has one row.
    package var covariance: Double?
    /// The area less the other, with its normal interval; without one when a class has one row.
    package var difference: IntervalEstimate
    /// The difference over its standard error; `nil` where that is unknown, or 0 under a difference.
    package var z: Double?
    /// Two-sided; 1 for scores that rank positives against negatives alike.
    package var pValue: Double?

    /// - Precondition: as many scores as labels, none of them NaN.
    /// - Returns: `nil` when a class has no row.
    package init?(
        scores: [Double], otherScores: [Double], isPositive: [Bool], confidence: Double = 0.95
    ) {
        precondition(
            scores.count == isPositive.count && otherScores.count == isPositive.count,
            "\(scores.count) and \(otherScores.count) scores of \(isPositive.count) rows")
        let critical = standardErrors(confidence: confidence)
        guard let one = Placements(scores, isPositive), let other = Placements(otherScores, isPositive) else {
            return nil
        }
        (area, otherArea) = (one.area.estimate(z: critical), other.area.estimate(z: critical))
        covariance = one.covariance(with: other)
        let value = one.area.value - other.area.value
        guard let variance = one.varianceOfDifference(from: other) else {
            difference = IntervalEstimate(value)
            return
        }
        difference = IntervalEstimate(value, margin: critical * variance.squareRoot(), within: -1...1)
        z = value == 0 ? 0 : variance > 0 ? value / variance.squareRoot() : nil
        pValue = z.map { erfc(abs($0) / 2.0.squareRoot()) }
    }
}

/// Of each positive the share of negatives it scores above, of each negative the share of positives that score above
/// it; ties by half.
private struct Placements {
    let area: AreaUnderCurve
    private var ofPositives: [Double] = []
    private var ofNegatives: [Double] = []

    init?(_ scores: [Double], _ isPositive: [Bool]) {
        let ranked = RankedScores(scores)
        let ascending = ranked.order.map {
            BinaryOutcomes.Scored(score: scores[$0], positive: isPositive[$0] ? 1 : 0)
        }
        guard let area = AreaUnderCurve(ascending: ascending) else { return nil }
        self.area = area
        place(ranked, isPositive)
    }

    private mutating func place(_ ranked: RankedScores, _ isPositive: [Bool]) {
        let m = Double(isPositive.count(where: \.self))
        let n = Double(isPositive.count) - m
        var places = [Double](repeating: 0, count: isPositive.count)
        var (below, above) = (0.0, m)
        for tie in ranked.ties {
            let positives = Double(ranked.order[tie].count { isPositive[$0] })
            let negatives = Double(tie.count) - positives
            above -= positives
            for row in ranked.order[tie] {
                places[row] = isPositive[row] ? (below + negatives / 2) / n : (above + positives / 2) / m
            }
            below += negatives
        }
        for row in places.indices {
            if isPositive[row] { ofPositives.append(places[row]) } else { ofNegatives.append(places[row]) }
        }
    }

    /// `nil` when a class has one row.
    func covariance(with other: Placements) -> Double? {
        guard ofPositives.count > 1, ofNegatives.count > 1 else { return nil }
        return Statistics.covariance(ofPositives, other.ofPositives) / Double(ofPositives.count)
            + Statistics.covariance(ofNegatives, other.ofNegatives) / Double(ofNegatives.count)
    }

    /// By the differences of placements, so that nothing cancels between models that are nearly the same.
    func varianceOfDifference(from other: Placements) -> Double? {
        var apart = self
        apart.ofPositives = zip(ofPositives, other.ofPositives).map { $0 - $1 }
        apart.ofNegatives = zip(ofNegatives, other.ofNegatives).map { $0 - $1 }
        return apart.covariance(with: apart)
    }
}

private func covariance(_ a: [Double], _ b: [Double]) -> Double {
    let n = Double(a.count)
    let (meanA, meanB) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
    return zip(a, b).reduce(0.0) { $0 + ($1.0 - meanA) * ($1.1 - meanB) } / (n - 1)
}
