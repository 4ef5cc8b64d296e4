import Glibc

/// Which differences of candidate less champion are evidence.
package enum Alternative: String, Codable, Sendable {
    case twoSided = "two-sided"
    case greater
    case less

    /// A one-sided test at α is the two-sided one at 2α, asked on one side.
    func twoSidedLevel(_ alpha: Double) -> Double {
        let level = self == .twoSided ? alpha : 2 * alpha
        return checked(alpha: level)
    }

    func contains(_ difference: Double) -> Bool {
        switch self {
        case .twoSided: true
        case .greater: difference > 0
        case .less: difference < 0
        }
    }
}

/// Whether two means differ, looked at as often as one likes: the mixture sequential probability ratio test, and the
/// asymptotic confidence sequence that it is the inverse of.
///
/// R. Johari, L. Pekelis and D. Walsh, "Always Valid Inference", arXiv:1512.04922; I. Waudby-Smith et al., "Time-uniform
/// central limit theory and asymptotic confidence sequences", arXiv:2103.06476. Asymptotic: units are independent, and
/// there are many of both arms.
package struct MixtureSPRT: Codable, Equatable, Sendable {
    package let alpha: Double
    package let alternative: Alternative
    /// The variance ρ² of the effects mixed over, in units of one unit's variance.
    package let mixture: Double
    package private(set) var evidence = EValue()

    /// - Parameter tightest: units of both arms together at which the interval is to be tightest; fixed at the launch.
    /// - Precondition: `tightest` > 0; `alpha` inside (0, 1), one-sided inside (0, ½).
    package init(alpha: Double, alternative: Alternative = .twoSided, tightestAt tightest: Int) {
        precondition(tightest > 0, "tightest at \(tightest) units")
        let x = tightestMixture(alpha: alternative.twoSidedLevel(alpha))
        self.init(alpha: alpha, alternative: alternative, mixture: x / Double(tightest))
    }

    /// - Precondition: `mixture` is positive and finite; `alpha` as above.
    package init(alpha: Double, alternative: Alternative = .twoSided, mixture: Double) {
        precondition(mixture > 0 && mixture.isFinite, "a mixture of variance \(mixture)")
        _ = alternative.twoSidedLevel(alpha)
        (self.alpha, self.alternative, self.mixture) = (alpha, alternative, mixture)
    }

    /// Takes a look.
    ///
    /// - Returns: the difference with its interval; of a one-sided test only the bound on its side is at `alpha`.
    @discardableResult
    package mutating func observe(_ difference: MeanDifference) -> IntervalEstimate {
        if alternative.contains(difference.value) { evidence.observe(logEvidence(difference)) }
        return interval(difference)
    }

    /// ln E of this look alone: on its side, a one-sided test counts twice.
    package func logEvidence(_ difference: MeanDifference) -> Double {
        guard alternative.contains(difference.value) else { return -.infinity }
        let logarithm = normalMixture(difference).logLikelihoodRatio(difference.value)
        return alternative == .twoSided ? logarithm : logarithm + log(2)
    }

    /// The confidence sequence's interval, at α or one-sided at 2α.
    package func interval(_ difference: MeanDifference) -> IntervalEstimate {
        let radius = normalMixture(difference).radius(alpha: alternative.twoSidedLevel(alpha))
        return IntervalEstimate(
            difference.value, lower: difference.value - radius, upper: difference.value + radius)
    }

    private func normalMixture(_ difference: MeanDifference) -> NormalMixture {
        NormalMixture(variance: difference.variance, ratio: mixture * Double(difference.count))
    }
}

/// A normal estimate against normal effects of mean 0.
package struct NormalMixture: Equatable, Sendable {
    /// V, of the estimate.
    package let variance: Double
    /// τ²/V, the effects' variance over the estimate's.
    package let ratio: Double

    /// - Precondition: both positive and finite.
    package init(variance: Double, ratio: Double) {
        precondition(variance > 0 && ratio > 0 && (variance * ratio).isFinite, "\(variance), \(ratio)")
        (self.variance, self.ratio) = (variance, ratio)
    }

    /// ½ ln(V/(V + τ²)) + τ²D²/(2V(V + τ²)), of the mixture to no effect.
    package func logLikelihoodRatio(_ difference: Double) -> Double {
        difference * difference / variance * (ratio / (1 + ratio)) / 2 - log1p(ratio) / 2
    }

    /// √(V(V + τ²)/τ² · ln((V + τ²)/(Vα²))): how far from the estimate an effect is rejected.
    package func radius(alpha: Double) -> Double {
        (variance * ((1 + ratio) / ratio) * (log1p(ratio) - 2 * log(checked(alpha: alpha)))).squareRoot()
    }
}

/// The x = −2 ln α + ln(1 + x), by iteration: an interval is tightest at t units with ρ² = x/t. 8.212 at α = 0.05.
package func tightestMixture(alpha: Double) -> Double {
    let start = -2 * log(checked(alpha: alpha))
    var x = start
    while true {
        let next = start + log1p(x)
        if abs(next - x) <= 1e-15 * next { return next }
        x = next
    }
}
