/// How well a classifier is likely to do on rows whose truth is not in yet, by what its scores were worth on the
/// reference (CBPE). It sees a shift of the inputs and is blind to a change of what they mean, which is what labels
/// are for.
///
/// A row of calibrated probability q counts as q of a 1 and 1 − q of a 0; the measures are those of such rows.
/// `nannyml.performance_estimation.confidence_based`. Log loss, Brier and calibration error are of the model's own
/// scores, expected under q.
package struct ConfidenceBasedEstimate: Equatable, Sendable {
    package var rows: Int
    /// Rows without a score, which are left out.
    package var unscored: Int
    package var values: [PerformanceMetric: Double]

    /// A row that waits for its label.
    package struct Prediction: Equatable, Sendable {
        package var score: Double?
        package var predicted: Bool?

        package init(score: Double?, predicted: Bool?) { (self.score, self.predicted) = (score, predicted) }
    }

    package init(_ predictions: [Prediction], calibration: ScoreCalibration) {
        var expected = BinaryOutcomes()
        expected.reserveCapacity(predictions.count)
        for prediction in predictions {
            guard let score = prediction.score, !score.isNaN else { continue }
            expected.append(
                positive: calibration.probability(ofScore: score), score: score,
                predicted: prediction.predicted)
        }
        (rows, unscored) = (predictions.count, predictions.count - expected.rows)
        values = ClassificationPerformance(expected).measures.mapValues(\.value)
    }
}
