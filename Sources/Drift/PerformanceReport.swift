package import Statistics

/// How well one version of a model did in one window: what its labels showed, beside what its scores alone had led
/// to expect and what the reference showed.
package struct PerformanceReport: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        case ok
        /// A measure is worse than the reference's, surely and by enough to matter.
        case degraded
        /// Too few labels, or none to compare with: figures stand, no alert changes.
        case insufficient
    }

    /// How much of the truth is in.
    package struct Maturity: Codable, Equatable, Sendable {
        /// Rows that were chosen to be joined with their labels.
        package var sampledRows: UInt64
        package var labelledRows: UInt64
        /// Of the sampled rows, those that were looked at, where they were too many.
        package var measuredRows: UInt64?

        /// The labelled share of the sampled rows, in [0, 1]; 0 without rows.
        package var share: Double {
            sampledRows > 0 ? Double(labelledRows) / Double(sampledRows) : 0
        }

        package init(sampledRows: UInt64, labelledRows: UInt64, measuredRows: UInt64? = nil) {
            (self.sampledRows, self.labelledRows) = (sampledRows, labelledRows)
            self.measuredRows = measuredRows
        }

        package init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            sampledRows = try container.decode(UInt64.self, forKey: .sampledRows)
            labelledRows = try container.decode(UInt64.self, forKey: .labelledRows)
            measuredRows = try container.decodeIfPresent(UInt64.self, forKey: .measuredRows)
        }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(sampledRows, forKey: .sampledRows)
            try container.encode(labelledRows, forKey: .labelledRows)
            try container.encodeIfPresent(measuredRows, forKey: .measuredRows)
            try container.encode(share, forKey: .share)
        }

        private enum CodingKeys: String, CodingKey {
            case share
            case sampledRows = "sampled_rows"
            case labelledRows = "labelled_rows"
            case measuredRows = "measured_rows"
        }
    }

    package struct Measure: Codable, Equatable, Sendable {
        package var higherIsBetter: Bool
        /// `nil` until labels are in, and where the labels at hand leave it undefined.
        package var realised: IntervalEstimate?
        /// Expected from the scores alone; it cannot see that their meaning has changed.
        package var estimated: Double?
        package var reference: IntervalEstimate?
        /// Realised less reference.
        package var difference: IntervalEstimate?
        /// Set where the measure is worse than the reference's, surely and by enough to matter.
        package var severity: DriftEvent.Severity?

        package enum CodingKeys: String, CodingKey {
            case realised, estimated, reference, difference, severity
            case higherIsBetter = "higher_is_better"
        }
    }

    package var model: String
    package var version: String
    /// The content hash of the reference that was compared with, if there was one.
    package var reference: String?
    package var window: WindowSummary
    package var maturity: Maturity
    /// Of every interval.
    package var confidence: Double
    package var verdict: Verdict
    package var measures: [PerformanceMetric: Measure]

    /// A report that is yet to be judged (`ConceptPolicy.judge`).
    ///
    /// - Parameters:
    ///   - realised: of the window's labelled rows; empty while there are none.
    ///   - estimated: of all its rows.
    ///   - reference: at the same `confidence`.
    package init(
        model: String, version: String, window: WindowSummary, maturity: Maturity,
        realised: PerformanceMeasures, estimated: [PerformanceMetric: Double] = [:],
        reference: ReferencePerformance? = nil, referenceID: String? = nil, confidence: Double = 0.95
    ) {
        (self.model, self.version, self.window, self.maturity) = (model, version, window, maturity)
        (self.reference, self.confidence, verdict) = (referenceID, confidence, .insufficient)
        let compared = reference?.measures(at: confidence) ?? [:]
        let metrics = Set(realised.keys).union(estimated.keys)
        measures = Dictionary(
            uniqueKeysWithValues: metrics.map { metric in
                let (figure, expected) = (realised[metric], compared[metric])
                let difference = figure.flatMap { figure in expected.map { figure.difference(from: $0) } }
                return (
                    metric,
                    Measure(
                        higherIsBetter: metric.higherIsBetter, realised: figure, estimated: estimated[metric],
                        reference: expected, difference: difference)
                )
            })
    }
}

/// How well a model did on its reference, and what its scores were worth there.
///
/// It is to be measured forward in time of the model's training: a random hold-out promises what no later month keeps.
package struct ReferencePerformance: Codable, Equatable, Sendable {
    package var rows: UInt64
    package var confidence: Double
    package var measures: PerformanceMeasures
    /// Binary classifiers only.
    package var calibration: ScoreCalibration?

    package init(
        rows: UInt64, confidence: Double = 0.95, measures: PerformanceMeasures,
        calibration: ScoreCalibration? = nil
    ) {
        (self.rows, self.confidence, self.measures) = (rows, confidence, measures)
        self.calibration = calibration
    }

    package init(_ outcomes: BinaryOutcomes, confidence: Double = 0.95) {
        self.init(
            rows: UInt64(outcomes.rows), confidence: confidence,
            measures: ClassificationPerformance(outcomes, confidence: confidence).measures,
            calibration: ScoreCalibration(outcomes))
    }

    /// Intervals of another confidence cannot be compared; then the figures stand alone.
    fileprivate func measures(at confidence: Double) -> PerformanceMeasures {
        confidence == self.confidence ? measures : measures.mapValues { IntervalEstimate($0.value) }
    }
}
