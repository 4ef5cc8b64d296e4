/// How a model's answers are held against the truth: what counts as right, and what an answer cost.
package struct AnswerScoring: Equatable, Sendable {
    package let task: ModelSchema.Task
    /// The class whose probability a binary classifier's score is; `1` for `true`.
    let positive: String
    /// Those there are, where they are named.
    let classes: [String]?
    /// From where on a score stands for the positive class.
    private let threshold: Double

    /// Where a schema names no positive class it is `1`, and where it names no threshold a half.
    ///
    /// - Returns: `nil` where the schema says nothing of what the model answers.
    package init?(_ schema: ModelSchema?) {
        guard let schema, let task = schema.task ?? schema.prediction?.impliedTask else { return nil }
        self.task = task
        positive = schema.prediction?.positive.map { $0 == "true" ? "1" : $0 } ?? "1"
        classes = schema.prediction?.classes
        threshold = schema.prediction?.threshold ?? 0.5
    }

    package func isPositive(_ truth: Truth) -> Bool { truth.description == positive }

    /// The class that was decided on: the one the model named, else the score's side of the threshold.
    package func isPositive(score: Double?, class name: String?) -> Bool? {
        if let name { return name == positive || name == "true" && positive == "1" }
        return score.flatMap { $0.isNaN ? nil : $0 >= threshold }
    }

    /// What an answer cost, for a detector of the domain: for a classifier the squared error of its probability where
    /// it gave one and the detector takes any loss, else 1 for an error; for a regression the absolute error.
    ///
    /// - Returns: `nil` where the answer cannot be held against the truth.
    package func loss(score: Double?, class name: String?, truth: Truth, kind: LossDetector.Kind) -> Double? {
        switch task {
        case .regression: return score.flatMap { score in truth.number.map { abs(score - $0) } }
        case .multiclass: return name.map { $0 == truth.description ? 0 : 1 }
        case .binary:
            let label: Double = isPositive(truth) ? 1 : 0
            if kind.domain != .errorShare, let score, (0...1).contains(score) {
                return (score - label) * (score - label)
            }
            return isPositive(score: score, class: name).map { ($0 ? 1 : 0) == label ? 0 : 1 }
        }
    }
}

extension ModelSchema.Prediction {
    /// The task of a model that answers so.
    fileprivate var impliedTask: ModelSchema.Task {
        switch kind {
        case .score: .binary
        case .class: .multiclass
        case .probabilities: classes?.count == 2 ? .binary : .multiclass
        case .value: .regression
        }
    }
}
