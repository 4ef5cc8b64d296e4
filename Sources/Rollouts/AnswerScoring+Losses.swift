package import Drift
import Statistics

extension AnswerScoring {
    /// What an answer cost, by each metric that is defined for it: of a binary model's score where it is a probability,
    /// of its decision where there is one; of several classes, of the probability that the true one was given.
    ///
    /// - Parameter probability: what the answer gave the true class, where it gave each of several one.
    package func losses(
        score: Double?, class name: String?, truth: Truth, probability: Double? = nil
    ) -> [RolloutMetric: Double] {
        guard let truth = self.truth(truth) else { return [:] }
        return switch task {
        case .binary: binaryLosses(score, name, isPositive: isPositive(truth))
        case .multiclass: multiclassLosses(name, truth, probability)
        case .regression: regressionLosses(score, truth)
        }
    }

    /// Whether the truth is the positive class, 1 or 0; `nil` where there is none, or it cannot be the truth.
    package func positive(_ truth: Truth) -> Double? {
        guard task == .binary, let truth = self.truth(truth) else { return nil }
        return isPositive(truth) ? 1 : 0
    }

    private func binaryLosses(
        _ score: Double?, _ name: String?, isPositive: Bool
    ) -> [RolloutMetric: Double] {
        var losses: [RolloutMetric: Double] = [:]
        let label: Double = isPositive ? 1 : 0
        if let score, BinaryOutcomes.probabilities.contains(score) {
            let scored = BinaryOutcomes.Scored(score: score, positive: label)
            (losses[.logLoss], losses[.brier]) = (scored.logLoss, scored.squaredError)
            losses[.bias] = score - label
        }
        losses[.wrong] = self.isPositive(score: score, class: name).map { $0 == isPositive ? 0 : 1 }
        return losses
    }

    private func multiclassLosses(
        _ name: String?, _ truth: Truth, _ probability: Double?
    ) -> [RolloutMetric: Double] {
        var losses: [RolloutMetric: Double] = [:]
        losses[.wrong] = name.map { $0 == truth.description ? 0 : 1 }
        losses[.logLoss] = probability.flatMap { (0...1).contains($0) ? negativeLog($0) : nil }
        return losses
    }

    private func regressionLosses(_ score: Double?, _ truth: Truth) -> [RolloutMetric: Double] {
        guard let score, score.isFinite, let value = truth.number else { return [:] }
        let error = score - value
        return [.absoluteError: abs(error), .squaredError: error * error, .bias: error]
    }
}
