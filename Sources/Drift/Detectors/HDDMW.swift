import Glibc

/// The drift detection method by McDiarmid's inequality, over averages that weigh what is recent.
///
/// An average is m ← λ x + (1 − λ) m with the sum of its squared weights b ← λ² + (1 − λ)² b. The losses are cut
/// where the average and its bound, m + √(b ln(1/α)/2), were lowest. The mean has grown when the average of
/// those since exceeds the average up to there by more than √((b₁ + b₂) ln(1/α)/2): a drift at the drift's α, a
/// warning at the warning's.
///
/// I. Frías-Blanco et al., as `HDDMA` (its test W).
package struct HDDMW: ChangeDetector {
    package static let domain = ClosedRange<Double>.errorShare

    private let driftConfidence: Double
    private let warningConfidence: Double
    private let lambda: Double
    private let isTwoSided: Bool

    package var change: Change?
    private var all: Average
    private var increase = Cut()
    private var decrease = Cut()

    private struct Average: Codable, Equatable {
        var value = 0.0
        var squaredWeights = 1.0
        var isEmpty = true

        mutating func add(_ x: Double, _ lambda: Double) {
            value = isEmpty ? x : lambda * x + (1 - lambda) * value
            squaredWeights = lambda * lambda + (1 - lambda) * (1 - lambda) * squaredWeights
            isEmpty = false
        }
    }

    /// The losses up to a moment, and those since.
    private struct Cut: Codable, Equatable {
        var before = Average()
        var since = Average()
        /// The bound at the cut.
        var bound: Double?
    }

    /// - Parameters:
    ///   - driftConfidence: α of a drift, in (0, 1).
    ///   - warningConfidence: α of a warning, in (0, 1).
    ///   - lambda: the weight of the newest loss, in (0, 1].
    ///   - isTwoSided: whether a mean that shrinks is a change too.
    package init(
        driftConfidence: Double = 0.001, warningConfidence: Double = 0.005, lambda: Double = 0.05,
        isTwoSided: Bool = false
    ) {
        precondition(isLevel(driftConfidence) && isLevel(warningConfidence), "α lies between 0 and 1")
        precondition(lambda > 0 && lambda <= 1, "a weight is a share")
        (self.driftConfidence, self.warningConfidence) = (driftConfidence, warningConfidence)
        (self.lambda, self.isTwoSided) = (lambda, isTwoSided)
        all = Average()
    }

    /// The average that weighs what is recent.
    package var mean: Double { all.value }
    /// The sum of its squared weights.
    package var squaredWeights: Double { all.squaredWeights }

    package mutating func reset() { (all, increase, decrease) = (Average(), Cut(), Cut()) }

    package mutating func step(_ loss: Double) -> Change? {
        all.add(loss, lambda)
        let reach = mcDiarmid(all.squaredWeights, driftConfidence)
        let (high, low) = (all.value + reach, all.value - reach)
        extend(&increase, by: loss, bound: high, isNew: increase.bound.map { high < $0 } ?? true)
        extend(&decrease, by: loss, bound: low, isNew: decrease.bound.map { low > $0 } ?? true)
        if isBeyond(driftConfidence) { return .drift }
        return isBeyond(warningConfidence) ? .warning : nil
    }

    private func extend(_ cut: inout Cut, by loss: Double, bound: Double, isNew: Bool) {
        if isNew {
            cut = Cut(before: all, bound: bound)
        } else {
            cut.since.add(loss, lambda)
        }
    }

    private func isBeyond(_ confidence: Double) -> Bool {
        exceeds(from: increase.before, to: increase.since, confidence)
            || isTwoSided && exceeds(from: decrease.since, to: decrease.before, confidence)
    }

    private func exceeds(from low: Average, to high: Average, _ confidence: Double) -> Bool {
        guard !low.isEmpty, !high.isEmpty else { return false }
        return high.value - low.value > mcDiarmid(low.squaredWeights + high.squaredWeights, confidence)
    }

    private func mcDiarmid(_ squaredWeights: Double, _ confidence: Double) -> Double {
        (squaredWeights * log(1 / confidence) / 2).squareRoot()
    }
}
