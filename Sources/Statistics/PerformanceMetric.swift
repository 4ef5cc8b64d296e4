/// What can be said of how well a model does, by the name it has on the wire.
package enum PerformanceMetric: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
    case logLoss = "log_loss"
    case brier
    case accuracy, precision, recall, f1
    case macroF1 = "macro_f1"
    case auc
    case calibrationError = "calibration_error"
    case rmse, mae

    package var higherIsBetter: Bool {
        switch self {
        case .accuracy, .precision, .recall, .f1, .macroF1, .auc: true
        case .logLoss, .brier, .calibrationError, .rmse, .mae: false
        }
    }

    /// In the unit of the label or of nats, so that a change is judged by the reference's own size.
    package var hasScale: Bool {
        switch self {
        case .logLoss, .brier, .rmse, .mae: true
        case .accuracy, .precision, .recall, .f1, .macroF1, .auc, .calibrationError: false
        }
    }
}

/// Figures by their metric; what is undefined on the rows at hand is absent.
package typealias PerformanceMeasures = [PerformanceMetric: IntervalEstimate]

extension PerformanceMeasures {
    /// Keeps only what is a number: sums of absurd values overflow, and an infinity says nothing.
    init(defined figures: [PerformanceMetric: IntervalEstimate?]) {
        self = figures.compactMapValues { $0 }.filter(\.value.isFinite)
    }
}
