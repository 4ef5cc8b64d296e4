/// How well a model has done, and how that is known.
package struct ModelPerformance: Codable, Sendable {
    package var model: String
    package var reference: String?
    /// What the reference showed.
    package var expected: ReferencePerformance?
    /// The newest first.
    package var windows: [PerformanceReport]
    /// The window that waits for its labels.
    package var next: PendingWindow?
    package var detectors: [LossWatch.Status]
    package var capture: CaptureStatus?
    /// How features differ from those of training, in the newest window that was compared.
    package var skew: SkewReport?
    /// Of the kinds `concept` and `skew`.
    package var alerts: [AlertStatus]

    package init(
        model: String, reference: String?, expected: ReferencePerformance?, windows: [PerformanceReport],
        next: PendingWindow?, detectors: [LossWatch.Status], capture: CaptureStatus?, skew: SkewReport?,
        alerts: [AlertStatus]
    ) {
        (self.model, self.reference, self.expected, self.windows) = (model, reference, expected, windows)
        (self.next, self.detectors, self.capture) = (next, detectors, capture)
        (self.skew, self.alerts) = (skew, alerts)
    }

    package struct PendingWindow: Codable, Equatable, Sendable {
        package var start: Timestamp
        package var end: Timestamp
        package var maturity: PerformanceReport.Maturity

        package init(start: Timestamp, end: Timestamp, maturity: PerformanceReport.Maturity) {
            (self.start, self.end, self.maturity) = (start, end, maturity)
        }
    }
}

/// What is kept of a model's stream, and what happened to the rest.
package struct CaptureStatus: Codable, Equatable, Sendable {
    /// Rows stored, labels that wait for their row among them.
    package var rows: UInt64
    package var waitingLabels: UInt64
    package var usedBytes: UInt64
    /// The share of all rows that is kept, in (0, 1].
    package var sampleRate: Double
    /// Rows and labels by what happened to them.
    package var counters: [String: UInt64]
    /// Why nothing can be stored at the moment.
    package var failure: String?

    package init(
        rows: UInt64, waitingLabels: UInt64, usedBytes: UInt64, sampleRate: Double,
        counters: [String: UInt64],
        failure: String?
    ) {
        (self.rows, self.waitingLabels, self.usedBytes) = (rows, waitingLabels, usedBytes)
        (self.sampleRate, self.counters, self.failure) = (sampleRate, counters, failure)
    }

    package enum CodingKeys: String, CodingKey {
        case rows, counters, failure
        case waitingLabels = "waiting_labels"
        case usedBytes = "used_bytes"
        case sampleRate = "sample_rate"
    }
}
