/// The Page–Hinkley test: a cumulative sum of deviations from the mean so far, which forgets.
///
/// With m the mean of the losses so far, U ← α U + (x − m) − δ rises while losses grow, and D ← α D + (x − m) + δ
/// falls while they shrink. A drift is U − min U > λ, or max D − D > λ.
///
/// E. S. Page, "Continuous Inspection Schemes", Biometrika 41, 1954; the two-sided form with forgetting:
/// R. Sebastião, J. M. Fernandes, "Supporting the Page–Hinkley Test with Empirical Mode Decomposition for Change
/// Detection", International Symposium on Methodologies for Intelligent Systems, 2017.
package struct PageHinkley: ChangeDetector {
    package static let domain = ClosedRange<Double>.anyLoss

    /// Which changes of the mean count.
    package enum Direction: String, Codable, Sendable { case up, down, both }

    private let minimumCount: Double
    private let delta: Double
    private let threshold: Double
    private let alpha: Double
    private let direction: Direction

    package var change: Change?
    private var sums = Sums()

    private struct Sums: Codable, Equatable {
        var mean = RunningMean()
        var increase = 0.0
        var decrease = 0.0
        var leastIncrease = Double.greatestFiniteMagnitude
        /// It starts at −1, as river's does.
        var mostDecrease = -1.0
    }

    /// - Parameters:
    ///   - minimumCount: losses before anything is said.
    ///   - delta: deviations from the mean that do not count, in units of the loss.
    ///   - threshold: λ, in units of the loss.
    ///   - alpha: what is kept of a sum from one loss to the next, in (0, 1].
    package init(
        minimumCount: Int = 30, delta: Double = 0.005, threshold: Double = 50, alpha: Double = 1 - 0.0001,
        direction: Direction = .both
    ) {
        precondition(alpha > 0 && alpha <= 1, "a sum keeps a share of itself")
        precondition(delta.isFinite && threshold.isFinite, "a threshold is a number")
        (self.minimumCount, self.delta, self.threshold) = (Double(minimumCount), delta, threshold)
        (self.alpha, self.direction) = (alpha, direction)
    }

    package var mean: Double { sums.mean.value }
    /// U − min U.
    package var increase: Double { sums.increase - sums.leastIncrease }
    /// max D − D.
    package var decrease: Double { sums.mostDecrease - sums.decrease }

    package mutating func reset() { sums = Sums() }

    package mutating func step(_ loss: Double) -> Change? {
        sums.mean.add(loss)
        let deviation = loss - sums.mean.value
        sums.increase = alpha * sums.increase + deviation - delta
        sums.decrease = alpha * sums.decrease + deviation + delta
        sums.leastIncrease = min(sums.leastIncrease, sums.increase)
        sums.mostDecrease = max(sums.mostDecrease, sums.decrease)
        guard sums.mean.count >= minimumCount else { return nil }
        return isBeyond ? .drift : nil
    }

    private var isBeyond: Bool {
        switch direction {
        case .up: increase > threshold
        case .down: decrease > threshold
        case .both: increase > threshold || decrease > threshold
        }
    }
}
