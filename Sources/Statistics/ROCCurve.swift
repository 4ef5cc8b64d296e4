/// The receiver operating characteristic: how many positives and negatives score from a threshold on.
package struct ROCCurve: Codable, Equatable, Sendable {
    package struct Point: Codable, Equatable, Sendable {
        package var falsePositiveRate: Double
        package var truePositiveRate: Double
        /// Rows that score so or more are taken for positive; `nil` at the origin, where none is.
        package var threshold: Double?

        package enum CodingKeys: String, CodingKey {
            case threshold
            case falsePositiveRate = "false_positive_rate"
            case truePositiveRate = "true_positive_rate"
        }
    }

    /// From (0, 0) to (1, 1).
    package let points: [Point]

    /// - Parameter most: of the curve's points so many are kept, spread evenly along it.
    /// - Precondition: no score is NaN; `most` ≥ 2.
    /// - Returns: `nil` when a class has no row.
    package init?(scores: [Double], isPositive: [Bool], most: Int = 100) {
        precondition(most >= 2, "a curve has two ends")
        let m = Double(isPositive.count(where: \.self))
        let n = Double(isPositive.count) - m
        guard m > 0, n > 0 else { return nil }
        var points = [Point(falsePositiveRate: 0, truePositiveRate: 0, threshold: nil)]
        var (positives, negatives, last) = (0.0, 0.0, 0.0)
        let ranked = RankedScores(scores)
        for tie in ranked.ties.reversed() {
            let tied = Double(ranked.order[tie].count { isPositive[$0] })
            positives += tied
            negatives += Double(tie.count) - tied
            let length = positives / m + negatives / n
            guard length - last >= 2 / Double(most - 1) || tie.lowerBound == 0 else { continue }
            last = length
            points.append(
                Point(
                    falsePositiveRate: negatives / n, truePositiveRate: positives / m,
                    threshold: scores[ranked.order[tie.lowerBound]]))
        }
        self.points = points
    }
}
