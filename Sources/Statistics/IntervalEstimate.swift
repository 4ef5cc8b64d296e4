import Glibc

/// A figure with its confidence interval.
package struct IntervalEstimate: Codable, Hashable, Sendable {
    package var value: Double
    /// The interval's ends: both, or neither where the rows say nothing of their spread (a single one).
    package var lower: Double?
    package var upper: Double?

    package init(_ value: Double, lower: Double? = nil, upper: Double? = nil) {
        (self.value, self.lower, self.upper) = (value, lower, upper)
    }

    /// `value` ± `margin`, cut to what the figure can be.
    init(_ value: Double, margin: Double, within range: ClosedRange<Double>) {
        self.init(
            value, lower: max(range.lowerBound, value - margin), upper: min(range.upperBound, value + margin))
    }

    /// This figure less the reference's, of another sample and the same confidence.
    ///
    /// The interval is found from the two intervals' ends (MOVER): G. Y. Zou and A. Donner, "Construction of
    /// confidence limits about effect measures", Statistics in Medicine 27, 2008. Of normal intervals it is the normal
    /// one; of Wilson's it is R. G. Newcombe's method 10, Statistics in Medicine 17, 1998.
    package func difference(from reference: IntervalEstimate) -> IntervalEstimate {
        let difference = value - reference.value
        guard let lower, let upper, let referenceLower = reference.lower, let referenceUpper = reference.upper
        else { return IntervalEstimate(difference) }
        return IntervalEstimate(
            difference,
            lower: difference - hypot(value - lower, referenceUpper - reference.value),
            upper: difference + hypot(upper - value, reference.value - referenceLower))
    }

    package var isFinite: Bool { value.isFinite && lower?.isFinite ?? true && upper?.isFinite ?? true }
}

extension IntervalEstimate {
    /// A rate with E. B. Wilson's score interval, JASA 22, 1927. Counts may be expected ones.
    ///
    /// - Returns: `nil` without trials.
    init?(successes: Double, trials: Double, z: Double) {
        guard trials > 0 else { return nil }
        let rate = successes / trials
        let square = z * z / trials
        let centre = (rate + square / 2) / (1 + square)
        let half = z / (1 + square) * (rate * (1 - rate) / trials + square / (4 * trials)).squareRoot()
        self.init(
            rate, lower: successes <= 0 ? 0 : max(0, centre - half),
            upper: successes >= trials ? 1 : min(1, centre + half))
    }

    /// A mean with the normal interval, by the values' own deviation.
    ///
    /// - Returns: `nil` without values.
    init?(meanOf values: [Double], z: Double, within range: ClosedRange<Double>) {
        guard !values.isEmpty else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        guard values.count > 1 else {
            self.init(mean)
            return
        }
        let variance = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        self.init(mean, margin: z * (variance / n).squareRoot(), within: range)
    }

    func map(_ increasing: (Double) -> Double) -> IntervalEstimate {
        IntervalEstimate(increasing(value), lower: lower.map(increasing), upper: upper.map(increasing))
    }
}

/// How many standard errors a two-sided interval reaches.
func standardErrors(confidence: Double) -> Double {
    precondition(confidence > 0 && confidence < 1, "confidence lies inside (0, 1), not at \(confidence)")
    return normalQuantile((1 + confidence) / 2)
}
