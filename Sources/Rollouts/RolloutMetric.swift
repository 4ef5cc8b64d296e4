/// What is measured of each arm.
package enum RolloutMetric: String, Codable, CaseIterable, CodingKeyRepresentable, Sendable {
    // Events: they happen to a unit or do not.
    case exception, timeout, invalid
    /// An answer that took longer than the policy's limit.
    case slow
    // Losses, a row each, once its label is known.
    case logLoss = "log_loss"
    case brier
    /// A wrong class.
    case wrong
    case absoluteError = "absolute_error"
    case squaredError = "squared_error"
    /// The score less the label: what calibration is about.
    case bias
    /// Whether the label of a binary model's answer is the positive class. No figure of an arm: it tells whether labels of
    /// both outcomes arrive.
    case positive
    // Of a row, without its label.
    case score
    case latency

    /// Whether it is counted, at most once a unit.
    package var isEvent: Bool {
        switch self {
        case .exception, .timeout, .invalid, .slow: true
        default: false
        }
    }

    package var needsLabels: Bool {
        switch self {
        case .logLoss, .brier, .wrong, .absoluteError, .squaredError, .bias, .positive: true
        default: false
        }
    }
}
