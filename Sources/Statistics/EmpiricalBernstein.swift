import Glibc

/// A confidence sequence for the mean of values of a known range, whatever their distribution, in constant space.
///
/// The predictable plug-in empirical Bernstein sequence: I. Waudby-Smith and A. Ramdas, "Estimating means of bounded random
/// variables by betting", arXiv:2010.09686, theorem 2. It depends on the order of the values: two states do not merge, so
/// one owner adds values in the order of their events.
package struct EmpiricalBernstein: Codable, Equatable, Sendable {
    package let alpha: Double
    /// That values lie in.
    package let range: ClosedRange<Double>
    /// The mean that `evidence` is against.
    package let null: Double
    package private(set) var evidence = EValue()
    package private(set) var count = 0
    private var sum = 0.0
    private var deviations = 0.0
    private var weights = 0.0
    private var weightedSum = 0.0
    private var penalty = 0.0

    /// The largest weight λ of a value, of the paper's choice.
    private static let largestWeight = 0.5

    /// - Parameter null: no difference of losses, 0, by default.
    /// - Precondition: the range is finite, not empty, and contains `null`.
    package init(alpha: Double, range: ClosedRange<Double>, null: Double = 0) {
        precondition(range.lowerBound < range.upperBound && (range.upperBound - range.lowerBound).isFinite)
        precondition(range.contains(null), "\(null) is no mean of values in \(range)")
        self.alpha = checked(alpha: alpha)
        (self.range, self.null) = (range, null)
    }

    /// Adds the next value and takes a look.
    ///
    /// - Precondition: the range contains `value`.
    package mutating func observe(_ value: Double) {
        precondition(range.contains(value), "\(value) lies outside \(range)")
        let x = scaled(value)
        let apart = x - center
        let weight = nextWeight
        weights += weight
        weightedSum += weight * x
        penalty += apart * apart * (-log1p(-weight) - weight)
        count += 1
        sum += x
        deviations += (x - center) * (x - center)
        evidence.observe(logEvidence)
    }

    private func scaled(_ value: Double) -> Double {
        (value - range.lowerBound) / (range.upperBound - range.lowerBound)
    }

    private func unscaled(_ x: Double) -> Double {
        range.lowerBound + x * (range.upperBound - range.lowerBound)
    }

    /// (½ + ΣX)/(t + 1).
    private var center: Double { (0.5 + sum) / Double(count + 1) }

    /// √(2 ln(2/α)/(σ̂² t ln(t + 1))), by the variance (¼ + Σ(X − center)²)/t of the values before value t.
    private var nextWeight: Double {
        let t = Double(count + 1)
        let variance = (0.25 + deviations) / t
        return min(
            EmpiricalBernstein.largestWeight,
            (2 * log(2 / alpha) / (variance * t * log1p(t))).squareRoot())
    }

    /// ln E of this look against `null`: half of either side's supermartingale.
    package var logEvidence: Double {
        let one = abs(weightedSum - weights * scaled(null))
        return one + log1p(exp(-2 * one)) - log(2) - penalty
    }

    /// The mean of the values with the interval of this look; without values the range.
    package var interval: IntervalEstimate {
        guard count > 0 else {
            return IntervalEstimate(null, lower: range.lowerBound, upper: range.upperBound)
        }
        let (middle, radius) = (weightedSum / weights, (log(2 / alpha) + penalty) / weights)
        return IntervalEstimate(
            unscaled(sum / Double(count)), lower: unscaled(max(0, middle - radius)),
            upper: unscaled(min(1, middle + radius)))
    }
}
