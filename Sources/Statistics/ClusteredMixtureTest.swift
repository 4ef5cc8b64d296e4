import Glibc

/// Whether the mean of clusters, days for instance, differs from 0, looked at as often as one likes, the rows of a cluster
/// not being independent: the e-value of Student's t against normal effects.
///
/// Exact at two clusters and more if their values are independent and normal; clusters that resemble their predecessors
/// count for fewer, (1 − r)/(1 + r) of them, by the autocorrelation r that was found. Clusters come in order: two states
/// do not merge. H. Jeffreys, "Theory of Probability", 3rd edition, 5.2, with a normal prior of effects; D. R. Cox,
/// "Sequential tests for composite hypotheses", 1952, for the validity.
package struct ClusteredMixtureTest: Codable, Equatable, Sendable {
    /// The variance ρ² of the effects mixed over, in units of one cluster's variance.
    package let mixture: Double
    /// Looks before so many clusters are no evidence.
    package let fewest: Int
    package private(set) var evidence = EValue()
    private var moments = Moments()
    private var lagged = LaggedProducts()

    /// The strongest autocorrelation that is allowed for.
    package static let strongestAutocorrelation = 0.9

    /// - Parameters:
    ///   - tightest: clusters at which the interval at `alpha` is to be tightest; fixed at the launch.
    ///   - fewest: at least 2; 10 for harm, 20 for a favourable verdict.
    package init(alpha: Double, tightestAt tightest: Int, fewest: Int) {
        precondition(tightest > 0, "tightest at \(tightest) clusters")
        self.init(mixture: tightestMixture(alpha: alpha) / Double(tightest), fewest: fewest)
    }

    /// - Precondition: `mixture` is positive and finite, `fewest` at least 2.
    package init(mixture: Double, fewest: Int) {
        precondition(mixture > 0 && mixture.isFinite, "a mixture of variance \(mixture)")
        precondition(fewest >= 2, "evidence from \(fewest) clusters on")
        (self.mixture, self.fewest) = (mixture, fewest)
    }

    /// Adds the next cluster's value, as the sum of its rows' differences, and takes a look.
    ///
    /// - Precondition: `value` is finite.
    package mutating func observe(_ value: Double) {
        moments.add(value)
        lagged.add(value)
        if let logEvidence { evidence.observe(logEvidence) }
    }

    package var count: Int { moments.count }
    package var mean: Double { moments.mean }

    /// Whether it can be the state of a test of values up to 1e90, as one that was read from elsewhere may not be: what
    /// follows from any other is no number.
    package var isSound: Bool {
        moments.isSound && lagged.isSound && evidence.peak >= 0 && evidence.peak.isFinite
    }

    /// Lag 1, in [−1, 1]; `nil` while all values are equal.
    package var autocorrelation: Double? {
        moments.squares > 0 ? lagged.centred(on: moments.mean, count) / moments.squares : nil
    }

    /// The third central moment over the deviation's cube; `nil` while all values are equal.
    package var skewness: Double? {
        guard moments.squares > 0 else { return nil }
        let deviation = (moments.squares / Double(count)).squareRoot()
        return lagged.thirdMoment(about: moments.mean, count) / (deviation * deviation * deviation)
    }

    /// As many independent clusters would say as much; `nil` before `fewest`, and while all values are equal.
    package var effectiveCount: Double? {
        guard count >= fewest, let autocorrelation else { return nil }
        let n = Double(count)
        let r = min(max(0, autocorrelation + 1 / n), ClusteredMixtureTest.strongestAutocorrelation)
        return n * (1 - r) / (1 + r)
    }

    /// ln E against a mean of 0: −½ ln(1 + nρ²) + (n/2)[ln(1 + u) − ln(1 + u/(1 + nρ²))], n the effective count and
    /// u = mean²/(the values' mean squared deviation).
    package var logEvidence: Double? {
        effectiveCount.map { n in
            let u = moments.mean * moments.mean / (moments.squares / Double(count))
            let width = 1 + n * mixture
            // The limit where values differ by too little to say by how much.
            let gain = u.isFinite ? log1p(u) - log1p(u / width) : log(width)
            return n / 2 * gain - log(width) / 2
        }
    }

    /// The mean with the means that are not rejected at `alpha`; without bounds where there is no evidence yet, or none
    /// could suffice.
    package func interval(alpha: Double) -> IntervalEstimate {
        guard let n = effectiveCount else { return IntervalEstimate(mean) }
        let width = 1 + n * mixture
        let excess = expm1(2 / n * (log(width) / 2 - log(checked(alpha: alpha))))
        let room = 1 - (1 + excess) / width
        guard room > 0 else { return IntervalEstimate(mean) }
        let radius = (excess / room * (moments.squares / Double(count))).squareRoot()
        return IntervalEstimate(mean, lower: mean - radius, upper: mean + radius)
    }
}

/// Sums from which products of neighbours and cubes are centred, once the mean is known; all are of values less the first,
/// lest they cancel.
private struct LaggedProducts: Codable, Equatable, Sendable {
    private var first: Double?
    private var last = 0.0
    private var sum = 0.0
    private var squares = 0.0
    private var cubes = 0.0
    private var products = 0.0

    mutating func add(_ value: Double) {
        let y = value - (first ?? value)
        first = first ?? value
        products += last * y
        sum += y
        squares += y * y
        cubes += y * y * y
        last = y
    }

    var isSound: Bool {
        [first ?? 0, last, sum].allSatisfy { $0.magnitude <= 1e106 }
            && [squares, cubes, products].allSatisfy { $0.magnitude <= 1e290 }
    }

    /// Σ(xᵢ − mean)(xᵢ₊₁ − mean); the first value is 0 here.
    func centred(on mean: Double, _ count: Int) -> Double {
        let m = mean - (first ?? 0)
        return products - m * (2 * sum - last) + Double(count - 1) * m * m
    }

    /// The mean of (xᵢ − mean)³.
    func thirdMoment(about mean: Double, _ count: Int) -> Double {
        let (n, m) = (Double(count), mean - (first ?? 0))
        return cubes / n - 3 * m * squares / n + 2 * m * m * m
    }
}
