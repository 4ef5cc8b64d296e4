/// The moments of pairs of values and how the two go together.
///
/// P. Pébay, "Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments",
/// Sandia report SAND2008-6212.
package struct CoMoments: Codable, Equatable, Sendable {
    package private(set) var x = Moments()
    package private(set) var y = Moments()
    /// Σ(x − mean of x)(y − mean of y).
    package private(set) var products = 0.0

    package init() {}

    package init(_ pairs: some Sequence<(x: Double, y: Double)>) {
        for pair in pairs { add(x: pair.x, y: pair.y) }
    }

    package var count: Int { x.count }

    /// - Precondition: both are finite.
    package mutating func add(x newX: Double, y newY: Double) {
        let before = newX - x.mean
        x.add(newX)
        y.add(newY)
        products += before * (newY - y.mean)
    }

    /// Adds the pairs of another sample.
    package mutating func merge(_ other: CoMoments) {
        let (n, m) = (Double(count), Double(other.count))
        guard n + m > 0 else { return }
        products += other.products + (other.x.mean - x.mean) * (other.y.mean - y.mean) * (n * (m / (n + m)))
        x.merge(other.x)
        y.merge(other.y)
    }

    /// With n − 1; `nil` of fewer than two pairs.
    package var covariance: Double? { count > 1 ? products / Double(count - 1) : nil }
}
