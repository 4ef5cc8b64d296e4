package import Statistics

/// How far apart two models lie that differ in nothing but the seed of their training.
package struct RetrainNoise: Codable, Equatable, Sendable {
    package var metric: PerformanceMetric
    /// What each retraining of the champion's recipe came to on the holdout.
    package var values: [Double]
    /// Of `values`.
    package var deviation: Double
    /// t·s·√2, Student's t of n − 1 degrees of freedom at the stated confidence: two more retrainings differ by no
    /// more than that, as often as `confidence` says, if their figures are normal.
    package var spread: Double
    package var confidence: Double

    /// Of two values a deviation says next to nothing.
    static let fewest = 3

    /// - Returns: `nil` of fewer than 3 values.
    init?(_ metric: PerformanceMetric, _ values: [Double], confidence: Double) {
        guard values.count >= RetrainNoise.fewest else { return nil }
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        let t = studentQuantile((1 + confidence) / 2, degreesOfFreedom: n - 1)
        (self.metric, self.values, self.confidence) = (metric, values, confidence)
        deviation = variance.squareRoot()
        spread = t * (2 * variance).squareRoot()
    }
}
