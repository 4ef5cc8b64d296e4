import Glibc

/// The drift detection method by Hoeffding's inequality, over averages.
///
/// z is the mean of all n losses, and x the mean of the first m, m being where the mean and its bound,
/// x + √(ln(1/α)/2m), were lowest. The mean has grown when z − x ≥ √((n − m)/(2 n m) · ln(2/α)): a drift at the
/// drift's α, a warning at the warning's. For losses in [0, 1] that are independent, of whatever distribution.
///
/// I. Frías-Blanco, J. del Campo-Ávila, G. Ramos-Jiménez, R. Morales-Bueno, A. Ortiz-Díaz, Y. Caballero-Mota,
/// "Online and Non-Parametric Drift Detection Methods Based on Hoeffding's Bounds", IEEE Transactions on Knowledge
/// and Data Engineering 27, 2015 (its test A).
package struct HDDMA: ChangeDetector {
    package static let domain = ClosedRange<Double>.errorShare

    private let driftConfidence: Double
    private let warningConfidence: Double
    private let isTwoSided: Bool

    package var change: Change?
    private var all = RunningMean()
    private var lowest = RunningMean()
    private var highest = RunningMean()

    /// - Parameters:
    ///   - driftConfidence: α of a drift, in (0, 1).
    ///   - warningConfidence: α of a warning, in (0, 1).
    ///   - isTwoSided: whether a mean that shrinks is a change too.
    package init(
        driftConfidence: Double = 0.001, warningConfidence: Double = 0.005, isTwoSided: Bool = false
    ) {
        precondition(isLevel(driftConfidence) && isLevel(warningConfidence), "α lies between 0 and 1")
        (self.driftConfidence, self.warningConfidence) = (driftConfidence, warningConfidence)
        self.isTwoSided = isTwoSided
    }

    package var mean: Double { all.value }
    /// The mean of the first losses, up to where it was lowest.
    package var lowestMean: Double { lowest.value }

    package mutating func reset() { (all, lowest, highest) = (RunningMean(), RunningMean(), RunningMean()) }

    package mutating func step(_ loss: Double) -> Change? {
        all.add(loss)
        let reach = hoeffding(all.count)
        if lowest.count == 0 || lowest.value + hoeffding(lowest.count) >= all.value + reach { lowest = all }
        if highest.count == 0 || highest.value - hoeffding(highest.count) <= all.value - reach {
            highest = all
        }
        if isBeyond(driftConfidence) { return .drift }
        return isBeyond(warningConfidence) ? .warning : nil
    }

    private func hoeffding(_ count: Double) -> Double {
        (1 / (2 * count) * log(1 / driftConfidence)).squareRoot()
    }

    private func isBeyond(_ confidence: Double) -> Bool {
        exceeds(all.value - lowest.value, since: lowest, confidence)
            || isTwoSided && exceeds(highest.value - all.value, since: highest, confidence)
    }

    private func exceeds(_ difference: Double, since cut: RunningMean, _ confidence: Double) -> Bool {
        guard cut.count != all.count else { return false }
        let m = (all.count - cut.count) / cut.count * (1 / all.count)
        return difference >= (m / 2 * log(2 / confidence)).squareRoot()
    }
}

func isLevel(_ alpha: Double) -> Bool { alpha > 0 && alpha < 1 }
