/// How far the candidate's mean lies above the champion's, and how well that is known.
package struct MeanDifference: Codable, Equatable, Sendable {
    /// The candidate's less the champion's.
    package var value: Double
    /// Of `value`; positive.
    package var variance: Double
    /// Units in both arms.
    package var count: Int

    /// - Precondition: finite figures, a positive variance, units.
    package init(value: Double, variance: Double, count: Int) {
        precondition(variance > 0 && count > 0, "\(count) units, a variance of \(variance)")
        self.value = checked(value, "a difference")
        self.variance = checked(variance, "a variance")
        self.count = count
    }

    /// Rows of either kind that an arm needs before the normal approximation is asked.
    package static let fewest = 20

    /// The difference of rates; their variance is p(1 − p)/n.
    ///
    /// - Returns: `nil` while an arm has fewer than 20 events or fewer than 20 units without.
    package init?(champion: Proportion, candidate: Proportion) {
        guard champion.isEnough, candidate.isEnough else { return nil }
        self.init(
            value: candidate.rate - champion.rate,
            variance: champion.varianceOfRate + candidate.varianceOfRate,
            count: champion.units + candidate.units)
    }

    /// The difference of means.
    ///
    /// - Returns: `nil` while an arm has fewer than 40 values, or none of the values differ.
    package init?(champion: Moments, candidate: Moments) {
        guard min(champion.count, candidate.count) >= 2 * MeanDifference.fewest,
            let first = champion.varianceOfMean, let second = candidate.varianceOfMean, first + second > 0
        else { return nil }
        self.init(
            value: candidate.mean - champion.mean, variance: first + second,
            count: champion.count + candidate.count)
    }

    /// The one difference of several strata, as the stages of a rollout are, each weighed by its precision.
    ///
    /// - Returns: `nil` without strata.
    package init?(strata: [MeanDifference]) {
        guard !strata.isEmpty else { return nil }
        let precision = strata.reduce(0) { $0 + 1 / $1.variance }
        self.init(
            value: strata.reduce(0) { $0 + $1.value / $1.variance } / precision, variance: 1 / precision,
            count: strata.reduce(0) { $0 + $1.count })
    }
}

/// How many of the units something happened to.
package struct Proportion: Codable, Equatable, Sendable {
    package private(set) var events: Int
    package private(set) var units: Int

    /// - Precondition: 0 ≤ `events` ≤ `units`.
    package init(events: Int = 0, units: Int = 0) {
        precondition(events >= 0 && events <= units, "\(events) events of \(units) units")
        (self.events, self.units) = (events, units)
    }

    package mutating func merge(_ other: Proportion) {
        events += other.events
        units += other.units
    }

    /// NaN without units.
    package var rate: Double { Double(events) / Double(units) }

    var isEnough: Bool { min(events, units - events) >= MeanDifference.fewest }
    var varianceOfRate: Double { rate * (1 - rate) / Double(units) }
}
