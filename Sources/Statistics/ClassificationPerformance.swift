import Glibc

/// How well a binary classifier did on the rows whose truth is known.
package struct ClassificationPerformance: Equatable, Sendable {
    package var rows: Int
    package var positives: Double
    /// Rows without a score, which log loss, Brier, AUC and calibration error leave out.
    package var unscored: Int
    /// Whether scores are probabilities: if not, of the measures of scores only AUC is defined.
    package var areProbabilities: Bool
    package var measures: PerformanceMeasures
    package var calibration: CalibrationCurve?

    package init(_ outcomes: BinaryOutcomes, confidence: Double = 0.95) {
        let z = standardErrors(confidence: confidence)
        let ascending = outcomes.scored.sortedByScore()
        (rows, unscored) = (outcomes.rows, outcomes.unscored)
        positives = outcomes.positives
        areProbabilities = outcomes.areProbabilities
        calibration =
            areProbabilities && !ascending.isEmpty
            ? CalibrationCurve(ascending: ascending, .equalMass(10)) : nil
        let losses = areProbabilities ? ascending : []
        measures = PerformanceMeasures(defined: [
            .logLoss: IntervalEstimate(
                meanOf: losses.map(\.logLoss), z: z, within: 0...Double.greatestFiniteMagnitude),
            .brier: IntervalEstimate(meanOf: losses.map(\.squaredError), z: z, within: 0...1),
            .calibrationError: calibration?.estimate(z: z),
            .auc: AreaUnderCurve(ascending: ascending)?.estimate(z: z),
            .accuracy: outcomes.confusion.accuracy(z: z),
            .precision: outcomes.confusion.precision(z: z),
            .recall: outcomes.confusion.recall(z: z),
            .f1: outcomes.confusion.f1(z: z),
        ])
    }
}

extension BinaryOutcomes.Scored {
    /// −ln of the probability given to what came; expected, where that is not known yet.
    package var logLoss: Double {
        let loss = positive > 0 ? positive * negativeLog(score) : 0
        return positive < 1 ? loss + (1 - positive) * negativeLog(1 - score) : loss
    }

    package var squaredError: Double {
        let p = score.clampedToUnit
        return positive * (1 - p) * (1 - p) + (1 - positive) * p * p
    }
}

/// Clipped to [ε, 1 − ε], ε = 2⁻⁵², as `sklearn.metrics.log_loss` does: a certain prediction that was wrong costs 36.04.
package func negativeLog(_ probability: Double) -> Double {
    -log(min(1 - Double.ulpOfOne, max(Double.ulpOfOne, probability)))
}
