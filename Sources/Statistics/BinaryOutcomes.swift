/// What a binary classifier answered and what turned out, as much of it as its measures need.
package struct BinaryOutcomes: Equatable, Sendable {
    /// A score and what came of it.
    package struct Scored: Equatable, Sendable {
        package var score: Double
        /// 1 or 0 once that is known; before, the probability of a 1.
        package var positive: Double

        package init(score: Double, positive: Double) { (self.score, self.positive) = (score, positive) }
    }

    package private(set) var rows = 0
    /// Expected ones, where the truth is not known.
    package private(set) var positives = 0.0
    /// In the order they were added.
    package private(set) var scored: [Scored] = []
    package private(set) var confusion = ConfusionCounts()
    /// Whether every score lies in [0, 1], but for what single precision rounds. Where one does not, scores are
    /// ranks and no probabilities.
    package private(set) var areProbabilities = true

    private static let rounding = 1e-6
    /// What scores that are probabilities lie in.
    package static let probabilities = -rounding...1 + rounding

    package init() {}

    /// - Parameters:
    ///   - score: what the model gave, higher for a 1; none, or NaN, leaves the row out of the measures of scores.
    ///   - predicted: the class it decided on, where it did.
    package mutating func append(isPositive: Bool, score: Double?, predicted: Bool?) {
        append(positive: isPositive ? 1 : 0, score: score, predicted: predicted)
    }

    /// - Precondition: `positive` lies in [0, 1].
    mutating func append(positive: Double, score: Double?, predicted: Bool?) {
        precondition(positive >= 0 && positive <= 1, "\(positive) is no probability")
        rows += 1
        positives += positive
        if let predicted { confusion.add(positive: positive, predicted: predicted) }
        guard let score, !score.isNaN else { return }
        scored.append(Scored(score: score, positive: positive))
        if !BinaryOutcomes.probabilities.contains(score) { areProbabilities = false }
    }

    package mutating func reserveCapacity(_ rows: Int) { scored.reserveCapacity(rows) }

    /// Rows that had no score.
    package var unscored: Int { rows - scored.count }
}

extension [BinaryOutcomes.Scored] {
    func sortedByScore() -> [BinaryOutcomes.Scored] { sorted { $0.score < $1.score } }
}
