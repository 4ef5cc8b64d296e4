/// What a figure came to in each replicate of a bootstrap of clusters.
package struct BootstrapDistribution: Equatable, Sendable {
    package enum Interval: String, Codable, CaseIterable, Sendable {
        /// The replicates' own quantiles.
        case percentile
        /// Quantiles further out, at Φ(√(C/(C − 1)) t), t being Student's quantile of C − 1 degrees of freedom: of C
        /// clusters the replicates vary less than clusters do, and normal quantiles of what varies are short.
        /// T. C. Hesterberg, "What Teachers Should Know About the Bootstrap", The American Statistician 69, 2015.
        case expandedPercentile = "expanded_percentile"
        /// Bias-corrected and accelerated: second-order correct for skewed figures.
        case bca
    }

    /// Of the rows as they are.
    package let value: Double
    /// In the order they were drawn; `nil` where the draw leaves the figure undefined.
    package let replicates: [Double?]
    /// Of all rows but a cluster's, for every cluster: the jackknife.
    package let withoutEachCluster: [Double?]

    /// How much larger this figure is than another one of the same draws.
    package func difference(from other: BootstrapDistribution) -> BootstrapDistribution {
        precondition(replicates.count == other.replicates.count, "a difference is of the same draws")
        return BootstrapDistribution(
            value: value - other.value, replicates: zip(replicates, other.replicates).map(difference),
            withoutEachCluster: zip(withoutEachCluster, other.withoutEachCluster).map(difference))
    }

    private func difference(_ a: Double?, _ b: Double?) -> Double? {
        a.flatMap { a in b.map { a - $0 } }
    }

    /// From this share of undefined replicates on (draws without a positive) there is no interval.
    private static let mostUndefined = 0.05

    /// The figure with its interval; without one where there is a single cluster or too many replicates are undefined.
    package func estimate(_ interval: Interval, confidence: Double = 0.95) -> IntervalEstimate {
        precondition(confidence > 0 && confidence < 1, "confidence lies inside (0, 1), not at \(confidence)")
        let ascending = replicates.compactMap(\.self).sorted()
        let undefined = Double(replicates.count - ascending.count) / Double(replicates.count)
        guard withoutEachCluster.count > 1, undefined < BootstrapDistribution.mostUndefined else {
            return IntervalEstimate(value)
        }
        let (low, high) = levels(interval, tail: (1 - confidence) / 2, ascending)
        return IntervalEstimate(value, lower: ascending.quantile(low), upper: ascending.quantile(high))
    }

    private func levels(
        _ interval: Interval, tail: Double, _ ascending: [Double]
    ) -> (low: Double, high: Double) {
        switch interval {
        case .percentile: return (tail, 1 - tail)
        case .bca: return acceleratedLevels(tail, ascending) ?? (tail, 1 - tail)
        case .expandedPercentile:
            let count = Double(withoutEachCluster.count)
            let t = studentQuantile(tail, degreesOfFreedom: count - 1)
            let expanded = normalDistribution((count / (count - 1)).squareRoot() * t)
            return (expanded, 1 - expanded)
        }
    }

    /// The levels Φ(z₀ + (z₀ ± z)/(1 − a(z₀ ± z))): B. Efron, "Better Bootstrap Confidence Intervals", JASA 82, 1987;
    /// `scipy.stats.bootstrap(method="BCa")`. z₀ is the normal quantile of the share of replicates below the figure,
    /// those that equal it by half.
    ///
    /// - Returns: `nil` where every replicate lies on one side of the figure, or the figure is undefined without some
    ///   cluster: then the percentiles have to do.
    private func acceleratedLevels(_ tail: Double, _ ascending: [Double]) -> (low: Double, high: Double)? {
        let below = ascending.count { $0 < value } + ascending.count { $0 <= value }
        guard below > 0, below < 2 * ascending.count, let acceleration else { return nil }
        let bias = normalQuantile(Double(below) / Double(2 * ascending.count))
        func level(_ z: Double) -> Double {
            normalDistribution(bias + (bias + z) / (1 - acceleration * (bias + z)))
        }
        return (level(normalQuantile(tail)), level(normalQuantile(1 - tail)))
    }

    /// A sixth of the skewness of the clusters' influence: Σ d³ / (6 (Σ d²)^{3/2}), d being the mean of the figures
    /// without one cluster less each of them.
    private var acceleration: Double? {
        let figures = withoutEachCluster.compactMap(\.self)
        guard figures.count == withoutEachCluster.count else { return nil }
        let mean = figures.reduce(0, +) / Double(figures.count)
        let (squares, cubes) = figures.reduce((0.0, 0.0)) { sums, figure in
            let d = mean - figure
            return (sums.0 + d * d, sums.1 + d * d * d)
        }
        return squares > 0 ? cubes / (6 * squares * squares.squareRoot()) : 0
    }
}

extension [Double] {
    /// Of ascending values, linear between them, as `numpy.quantile` has it.
    ///
    /// - Precondition: there is a value; `level` is in [0, 1].
    func quantile(_ level: Double) -> Double {
        let position = level * Double(count - 1)
        let rank = Int(position)
        guard rank + 1 < count else { return self[count - 1] }
        return self[rank] + (self[rank + 1] - self[rank]) * (position - Double(rank))
    }
}
