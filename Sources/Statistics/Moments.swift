/// How many values there are, their mean and their spread: all that a comparison of means needs of them.
///
/// T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician
/// 37, 1983.
package struct Moments: Codable, Equatable, Sendable {
    package private(set) var count = 0
    /// 0 of no values.
    package private(set) var mean = 0.0
    /// Σ(x − mean)².
    package private(set) var squares = 0.0

    package init() {}

    package init(_ values: some Sequence<Double>) {
        for value in values { add(value) }
    }

    /// - Precondition: `count` ≥ 0, `variance` ≥ 0 and both figures finite.
    package init(count: Int, mean: Double, variance: Double) {
        precondition(count >= 0 && variance >= 0, "\(count) values of variance \(variance)")
        self.count = count
        self.mean = checked(mean, "a mean")
        squares = checked(variance, "a variance") * Double(max(0, count - 1))
    }

    /// - Precondition: `value` is finite.
    package mutating func add(_ value: Double) {
        let before = checked(value, "a value") - mean
        count += 1
        mean += before / Double(count)
        squares += before * (value - mean)
    }

    /// Whether it can be of values up to 1e90, as moments that were read from elsewhere may not be.
    var isSound: Bool {
        (0...1_000_000_000_000_000).contains(count) && mean.magnitude <= 1e90
            && (0...1e200).contains(squares)
    }

    /// Adds the values of another sample.
    package mutating func merge(_ other: Moments) {
        let (n, m) = (Double(count), Double(other.count))
        guard n + m > 0 else { return }
        let apart = other.mean - mean
        count += other.count
        mean += apart * (m / (n + m))
        squares += other.squares + apart * apart * (n * (m / (n + m)))
    }

    /// With n − 1; `nil` of fewer than two values.
    package var variance: Double? { count > 1 ? squares / Double(count - 1) : nil }

    /// Of the mean; `nil` of fewer than two values.
    package var varianceOfMean: Double? { variance.map { $0 / Double(count) } }
}
