/// A difference of means from which a covariate has been taken that the arms cannot influence, such as the champion's own
/// score.
///
/// A. Deng et al., "Improving the Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment Data", 2013:
/// outcomes less θ × covariate, θ being the slope over all rows of both arms about their common means.
package struct CUPED: Equatable, Sendable {
    /// 0 where the covariate does not vary.
    package let slope: Double
    package let difference: MeanDifference
    /// The part of the difference's variance that the covariate takes away; negative where it adds.
    package let varianceReduction: Double

    /// - Parameters: of both, x is the covariate and y the outcome.
    /// - Returns: `nil` while an arm has fewer than 40 rows, or nothing varies.
    package init?(champion: CoMoments, candidate: CoMoments) {
        var pooled = champion
        pooled.merge(candidate)
        let slope = pooled.x.squares > 0 ? pooled.products / pooled.x.squares : 0
        guard
            let plain = MeanDifference(champion: champion.y, candidate: candidate.y),
            let adjusted = MeanDifference(
                champion: champion.adjusted(slope), candidate: candidate.adjusted(slope))
        else { return nil }
        self.slope = slope
        difference = adjusted
        varianceReduction = 1 - adjusted.variance / plain.variance
    }
}

extension CoMoments {
    /// The moments of y − slope × x; rounding may not make the variance negative.
    fileprivate func adjusted(_ slope: Double) -> Moments {
        let squares = y.squares - 2 * slope * products + slope * slope * x.squares
        return Moments(
            count: count, mean: y.mean - slope * x.mean,
            variance: max(0, squares) / Double(max(1, count - 1)))
    }
}
