/// What one window showed against its reference: every feature, every measure, and the verdict.
package struct DriftReport: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        case ok, drifted
        /// No drift in what came, but values are missing far more often than in the reference.
        case incomplete
        /// Fewer rows than `min_samples`: counts stand, no alert changes.
        case insufficient
    }

    package var model: String
    /// The content hash of the reference.
    package var reference: String
    /// The model versions whose rows the window holds.
    package var versions: [String]
    package var window: WindowSummary
    package var verdict: Verdict
    package var test: WindowTest?
    package var features: [FeatureReport]

    package init(
        model: String, reference: String, versions: [String], window: WindowSummary, verdict: Verdict,
        test: WindowTest?, features: [FeatureReport]
    ) {
        (self.model, self.reference, self.versions) = (model, reference, versions)
        (self.window, self.verdict, self.test, self.features) = (window, verdict, test, features)
    }
}

/// Where a window lies and what reached it.
package struct WindowSummary: Codable, Equatable, Sendable {
    /// Event times: aligned for windows of time, those of the first and last row for windows of rows.
    package var start: Timestamp
    package var end: Timestamp
    package var rows: UInt64
    package var predictions: UInt64
    package var labels: UInt64
    /// Messages known to be lost while the window was open.
    package var missed: UInt64
    /// The window lacks rows it should have: the agent joined late, was away, or was cut off.
    package var partial: Bool

    package init(
        start: Timestamp, end: Timestamp, rows: UInt64 = 0, predictions: UInt64 = 0, labels: UInt64 = 0,
        missed: UInt64 = 0, partial: Bool = false
    ) {
        (self.start, self.end, self.rows, self.predictions) = (start, end, rows, predictions)
        (self.labels, self.missed, self.partial) = (labels, missed, partial)
    }
}

/// The test that decided about a window as a whole.
package struct WindowTest: Codable, Equatable, Sendable {
    package enum Threshold: String, Codable, Sendable, CaseIterable { case calibrated, iid, fixed }

    package var threshold: Threshold
    /// The window's level α: the false-alarm budget over the windows judged in its period.
    package var level: Double
    package var pValue: Double?
    /// The largest standardised drift score of any feature, and what it takes to alarm (calibrated only).
    package var score: Double?
    package var criticalScore: Double?
    /// Blocks of the reference that the window was ranked among (calibrated only).
    package var blocks: Int?
    /// The p-value goes beyond what so many blocks can show, by Student's t (`tail = "t"`).
    package var extrapolated: Bool?

    package init(
        threshold: Threshold, level: Double, pValue: Double? = nil, score: Double? = nil,
        criticalScore: Double? = nil, blocks: Int? = nil
    ) {
        (self.threshold, self.level, self.pValue) = (threshold, level, pValue)
        (self.score, self.criticalScore, self.blocks) = (score, criticalScore, blocks)
    }

    package enum CodingKeys: String, CodingKey {
        case threshold, level, score, blocks, extrapolated
        case pValue = "p_value"
        case criticalScore = "critical_score"
    }
}

/// One feature (or one output of the model) in one window.
package struct FeatureReport: Codable, Equatable, Sendable {
    /// Inputs and outputs are families of their own: a candidate's scores are not the champion's drift.
    package enum Family: String, Codable, Sendable { case data, prediction }

    package var name: String
    package var kind: Feature.Kind
    package var family: Family
    /// Rows that carried the feature, missing ones included.
    package var rows: UInt64
    package var missing: UInt64
    /// By the measure's name: `ks`, `psi`, `js`, `wasserstein`, `hellinger`, `chi2`, `tv`, `linf`,
    /// `cramers_v`, `missing_rate`, `unseen_rate`, `out_of_range_rate`.
    package var measures: [String: MeasureReport]
    /// The measure that decides about the feature.
    package var primary: String
    /// The feature's standardised drift score among the reference's blocks (calibrated only).
    package var score: Double?
    package var drifted: Bool
    package var histogram: Histogram?
    /// What it takes to see how the measures came about; `nil` in reports of older versions.
    package var detail: FeatureDetail?

    package init(
        name: String, kind: Feature.Kind, family: Family, rows: UInt64, missing: UInt64,
        measures: [String: MeasureReport], primary: String, score: Double? = nil, drifted: Bool = false,
        histogram: Histogram? = nil, detail: FeatureDetail? = nil
    ) {
        (self.name, self.kind, self.family, self.rows, self.missing) = (name, kind, family, rows, missing)
        (self.measures, self.primary, self.score) = (measures, primary, score)
        (self.drifted, self.histogram, self.detail) = (drifted, histogram, detail)
    }
}

/// One measure of one feature in one window.
package struct MeasureReport: Codable, Equatable, Sendable {
    package var value: Double
    package var pValue: Double?
    /// Benjamini–Hochberg over the table's primary measures; for reading, it never fires an alert.
    package var qValue: Double?
    /// The true value lies within `value ... value + errorBound`, or ± it for Wasserstein.
    package var errorBound: Double?
    /// The effect size from which the measure counts as large.
    package var threshold: Double?

    package init(
        value: Double, pValue: Double? = nil, qValue: Double? = nil, errorBound: Double? = nil,
        threshold: Double? = nil
    ) {
        (self.value, self.pValue, self.qValue) = (value.clampedToFinite, pValue, qValue)
        (self.errorBound, self.threshold) = (errorBound?.clampedToFinite, threshold)
    }

    package enum CodingKeys: String, CodingKey {
        case value, threshold
        case pValue = "p_value"
        case qValue = "q_value"
        case errorBound = "error_bound"
    }
}

extension Double {
    /// Reports are JSON, which has no infinities: distances that overflow stand at the largest number.
    var clampedToFinite: Double {
        Swift.min(Swift.max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}

/// Reference and window side by side in at most 20 bins, small enough to draw and to send.
package struct Histogram: Codable, Equatable, Sendable {
    /// Numeric: the upper edge of each bin but the last, which is open. Empty for categories.
    package var edges: [Double]
    /// Categorical: the bins' categories. Empty for numbers.
    package var categories: [String]
    /// Shares, each adding up to 1 unless its side is empty.
    package var reference: [Double]
    package var current: [Double]

    package init(edges: [Double], categories: [String], reference: [Double], current: [Double]) {
        (self.edges, self.categories) = (edges.map(\.clampedToFinite), categories)
        (self.reference, self.current) = (reference, current)
    }
}
