/// What a score is worth: the probability of a 1 among the reference's rows that were scored so, never falling with
/// the score.
package struct ScoreCalibration: Equatable, Sendable {
    private let curve: IsotonicRegression

    /// - Returns: `nil` without a row of a finite score.
    package init?(_ outcomes: BinaryOutcomes) {
        let points = outcomes.scored.filter(\.score.isFinite)
        guard let curve = IsotonicRegression(points.map { .init(x: $0.score, y: $0.positive) }) else {
            return nil
        }
        self.curve = curve
    }

    /// - Precondition: `score` is not NaN.
    package func probability(ofScore score: Double) -> Double { curve(score).clampedToUnit }
}

extension ScoreCalibration: Codable {
    private enum CodingKeys: String, CodingKey { case scores, probabilities }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(curve.arguments, forKey: .scores)
        try container.encode(curve.values, forKey: .probabilities)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let scores = try container.decode([Double].self, forKey: .scores)
        let probabilities = try container.decode([Double].self, forKey: .probabilities)
        guard probabilities.allSatisfy({ (0...1).contains($0) }),
            let curve = IsotonicRegression(arguments: scores, values: probabilities)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .probabilities, in: container,
                debugDescription:
                    "a calibration has a probability for each of its ascending scores, never falling")
        }
        self.curve = curve
    }
}
