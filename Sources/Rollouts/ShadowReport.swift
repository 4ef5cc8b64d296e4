package import Drift
package import Statistics

/// What scoring a candidate beside the champion, on rows that were served without it, has come to.
package struct ShadowReport: Codable, Equatable, Sendable {
    /// One model on these rows.
    package struct Figures: Codable, Equatable, Sendable {
        /// The mean of the metric.
        package var loss: Double
        /// The mean of score less label; `nil` where scores are no probabilities nor quantities.
        package var bias: Double?
        /// Of ten bins of as many rows; `nil` where scores are no probabilities.
        package var calibrationError: Double?

        package enum CodingKeys: String, CodingKey {
            case loss, bias
            case calibrationError = "calibration_error"
        }
    }

    /// Tests that take rows for independent of one another: shown beside, and no part of any verdict.
    package struct ByRow: Codable, Equatable, Sendable {
        /// What `difference` is of: a loss within [0, 1], as the test needs it; `nil` where there is none.
        package var metric: RolloutMetric?
        /// Candidate less champion, the empirical Bernstein sequence in the order of event times.
        package var difference: IntervalEstimate?
        /// The least of all looks.
        package var pValue: Double?
        /// `nil` for regressions.
        package var mcnemar: GateReport.ByRow.McNemar?

        package enum CodingKeys: String, CodingKey {
            case metric, difference, mcnemar
            case pValue = "p_value"
        }
    }

    package var metric: RolloutMetric
    package var rows: Int
    package var first: Timestamp
    package var last: Timestamp
    package var champion: Figures
    package var candidate: Figures
    /// The part of rows that both decide alike; `nil` for regressions.
    package var agreement: Double?
    /// The candidate's loss less the champion's, by cluster, in the order of time.
    package var differences: [RolloutEvidence.ClusterDifference]
    package var byRow: ByRow

    package enum CodingKeys: String, CodingKey {
        case metric, rows, first, last, champion, candidate, agreement, differences
        case byRow = "by_row"
    }
}

/// Why a shadow's rows cannot be compared.
package enum ShadowError: Error, Equatable, CustomStringConvertible {
    case noRows
    case count(of: String, found: Int, expected: Int)
    /// The policy's success metric is none of such a model's, or of scores that are no probabilities.
    case metric(RolloutMetric, GateTask)
    /// Scores so large that their losses are no numbers.
    case notFinite(RolloutMetric)
    case notAProbability(RolloutMetric, model: String, score: Double)

    /// What `leeway shadow` exits with when the candidate's scores are none.
    package static let candidateExitCode: Int32 = 3

    /// Whether the candidate's scores are at fault, and not the champion's too.
    package var isOfCandidate: Bool {
        if case .notAProbability(_, let model, _) = self { model == ShadowRows.candidateName } else { false }
    }

    package var description: String {
        switch self {
        case .noRows: "none of the rows has a label"
        case .count(let what, let found, let expected): "\(what): \(found) for \(expected) rows"
        case .metric(let metric, let task):
            "success.metric is \(metric.rawValue), which scores of a \(task.rawValue) model do not have; "
                + "use one of \(task.shadowMetrics.map(\.rawValue).joined(separator: ", "))"
        case .notFinite(let metric): "\(metric.rawValue) of these scores is no finite number"
        case .notAProbability(let metric, let model, let score):
            "\(metric.rawValue) is of probabilities, and \(model) has the score \(score)"
        }
    }
}

extension GateTask {
    /// The losses that are known of a row by its score, its decision and its label alone.
    var shadowMetrics: [RolloutMetric] {
        switch self {
        case .binary: [.logLoss, .brier, .wrong]
        case .regression: [.absoluteError, .squaredError]
        case .multiclass: [.wrong]
        }
    }
}
