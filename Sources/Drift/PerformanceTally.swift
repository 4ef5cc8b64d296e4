package import Statistics

/// Answers and what turned out, gathered for the measures of the model's task.
package struct PerformanceTally: Sendable {
    private let scoring: AnswerScoring
    private var binary = BinaryOutcomes()
    private var multiclass = MulticlassOutcomes<String>()
    private var errors: [Double] = []
    private var predictions: [ConfidenceBasedEstimate.Prediction] = []
    package private(set) var rows: UInt64 = 0
    package private(set) var labelled: UInt64 = 0

    package init(_ scoring: AnswerScoring) { self.scoring = scoring }

    /// - Parameters:
    ///   - truth: `nil` while it is not known; what cannot be the truth is passed over.
    ///   - probability: what the answer gave the true class, where it gave each of several one.
    package mutating func add(
        score: Double?, class name: String?, truth: Truth?, probability: Double? = nil
    ) {
        rows += 1
        if scoring.task == .binary {
            predictions.append(
                .init(score: score, predicted: scoring.isPositive(score: score, class: name)))
        }
        guard let truth = truth.flatMap(scoring.truth) else { return }
        labelled += 1
        switch scoring.task {
        case .binary:
            binary.append(
                isPositive: scoring.isPositive(truth), score: score,
                predicted: scoring.isPositive(score: score, class: name))
        case .multiclass:
            multiclass.append(label: truth.description, predicted: name, probability: probability)
        case .regression:
            if let score, let value = truth.number { errors.append(score - value) }
        }
    }

    /// Of the rows whose truth is known; empty while there are none.
    package func realised(confidence: Double) -> PerformanceMeasures {
        switch scoring.task {
        case .binary: ClassificationPerformance(binary, confidence: confidence).measures
        case .multiclass: MulticlassPerformance(multiclass, confidence: confidence).measures
        case .regression: RegressionPerformance(errors: errors, confidence: confidence).measures
        }
    }

    /// Of all rows, by what their scores were worth on the reference.
    package func estimated(_ calibration: ScoreCalibration) -> [PerformanceMetric: Double] {
        ConfidenceBasedEstimate(predictions, calibration: calibration).values
    }

    /// As what other windows will be compared with; `nil` without a row whose truth is known.
    package func reference(confidence: Double) -> ReferencePerformance? {
        let measures = realised(confidence: confidence)
        guard !measures.isEmpty else { return nil }
        return ReferencePerformance(
            rows: labelled, confidence: confidence, measures: measures,
            calibration: scoring.task == .binary ? ScoreCalibration(binary) : nil)
    }
}

extension PerformanceTally {
    /// Takes in the rows of a batch that has answers; its labels too, where it has those.
    package mutating func add(_ batch: RowBatch, schema: ModelSchema) {
        guard batch.parts.contains(.predictions) else { return }
        let reader = AnswerReader(batch, schema: schema)
        let labels = batch.labelColumn(schema)
        for row in 0..<batch.count {
            let answer = reader.read(batch, row: row)
            let truth = labels.flatMap { $0.truth(ofRow: row) }
            add(
                score: answer.score, class: answer.class, truth: truth,
                probability: truth.flatMap { reader.probability(of: $0.description, batch, row: row) })
        }
    }
}
