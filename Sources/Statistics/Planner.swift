/// How many units an experiment needs to find an effect.
package struct Planner: Equatable, Sendable {
    package let alpha: Double
    package let alternative: Alternative
    /// The probability to find the effect.
    package let power: Double

    /// - Precondition: `power` lies inside (0, 1), `alpha` too, and one-sided inside (0, ½).
    package init(alpha: Double = 0.05, alternative: Alternative = .twoSided, power: Double = 0.8) {
        precondition(power > 0 && power < 1, "a power lies inside (0, 1), not at \(power)")
        _ = alternative.twoSidedLevel(alpha)
        (self.alpha, self.alternative, self.power) = (alpha, alternative, power)
    }

    /// Units of either arm.
    package struct Size: Equatable, Sendable {
        package let champion: Double
        package let candidate: Double

        /// Of both arms, rounded up; `Int.max` of an effect too small for any.
        package var total: Int { Int(exactly: (champion + candidate).rounded(.up)) ?? .max }

        package func scaled(by factor: Double) -> Size {
            Size(champion: champion * factor, candidate: candidate * factor)
        }
    }

    /// For one look at rates, by the unpooled variance: (z + z′)²(p₀(1 − p₀) + p₁(1 − p₁)/r)/(p₁ − p₀)² of the champion.
    ///
    /// - Parameters:
    ///   - effect: the candidate's rate less the champion's; not 0.
    ///   - share: the candidate's part of the units, inside (0, 1).
    /// - Precondition: both rates lie in [0, 1].
    package func size(rate: Double, effect: Double, share: Double = 0.5) -> Size {
        let other = rate + effect
        precondition((0...1).contains(rate) && (0...1).contains(other), "rates of \(rate) and \(other)")
        return size(variances: (rate * (1 - rate), other * (1 - other)), effect: effect, share: share)
    }

    /// For one look at means, of arms whose values have these variances.
    package func size(
        variances: (champion: Double, candidate: Double), effect: Double, share: Double = 0.5
    ) -> Size {
        precondition(share > 0 && share < 1, "a share lies inside (0, 1), not at \(share)")
        precondition(effect != 0 && effect.isFinite, "an effect of \(effect)")
        precondition(variances.champion >= 0 && variances.candidate >= 0, "variances of \(variances)")
        let reach = (criticalValue + powerValue) / effect
        let odds = share / (1 - share)
        let champion = reach * reach * (variances.champion + variances.candidate / odds)
        return Size(champion: champion, candidate: champion * odds)
    }

    /// How many times the units of one look a sequential test (`MixtureSPRT`) needs at most, tightest at its end: 1.91 at
    /// α = 0.05 and a power of 80 %. It stops earlier on average.
    package var sequentialFactor: Double {
        let x = tightestMixture(alpha: alternative.twoSidedLevel(alpha))
        let ratio = ((1 + x).squareRoot() + powerValue) / (criticalValue + powerValue)
        return ratio * ratio
    }

    private var criticalValue: Double { normalQuantile(1 - alternative.twoSidedLevel(alpha) / 2) }
    private var powerValue: Double { normalQuantile(power) }
}
