/// How a classifier's decisions fell; expected counts where the truth is not in yet.
package struct ConfusionCounts: Equatable, Sendable {
    package private(set) var truePositives = 0.0
    package private(set) var falsePositives = 0.0
    package private(set) var falseNegatives = 0.0
    package private(set) var trueNegatives = 0.0

    package init() {}

    mutating func add(positive: Double, predicted: Bool) {
        if predicted {
            truePositives += positive
            falsePositives += 1 - positive
        } else {
            falseNegatives += positive
            trueNegatives += 1 - positive
        }
    }

    package var total: Double { truePositives + falsePositives + falseNegatives + trueNegatives }

    func accuracy(z: Double) -> IntervalEstimate? {
        IntervalEstimate(successes: truePositives + trueNegatives, trials: total, z: z)
    }

    /// `nil` when no positive was predicted.
    func precision(z: Double) -> IntervalEstimate? {
        IntervalEstimate(successes: truePositives, trials: truePositives + falsePositives, z: z)
    }

    /// `nil` when there is no positive.
    func recall(z: Double) -> IntervalEstimate? {
        IntervalEstimate(successes: truePositives, trials: truePositives + falseNegatives, z: z)
    }

    /// F1 = 2J/(1 + J) rises with Jaccard's J = TP/(TP + FP + FN), a rate: Wilson's interval of J, carried over.
    /// To first order it is the delta method's, and it does not shrink to a point at 0 and 1.
    ///
    /// - Returns: `nil` when there is no positive and none was predicted.
    func f1(z: Double) -> IntervalEstimate? {
        IntervalEstimate(
            successes: truePositives, trials: truePositives + falsePositives + falseNegatives, z: z
        )?.map { 2 * $0 / (1 + $0) }
    }
}
