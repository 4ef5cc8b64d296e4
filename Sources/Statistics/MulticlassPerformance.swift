/// What a classifier of many classes answered and what turned out, as much of it as its measures need.
package struct MulticlassOutcomes<Class: Hashable & Sendable>: Sendable {
    private struct Decision: Hashable, Sendable {
        var label: Class
        var predicted: Class
    }

    package private(set) var rows = 0
    private var decisions: [Decision: Int] = [:]
    /// −ln of the probability given to the true class, where one was.
    fileprivate var losses: [Double] = []

    package init() {}

    /// - Parameters:
    ///   - predicted: the class the model decided on, where it did.
    ///   - probability: what it gave the true class; what lies outside [0, 1] leaves the row out of the log loss.
    package mutating func append(label: Class, predicted: Class?, probability: Double?) {
        rows += 1
        if let predicted { decisions[Decision(label: label, predicted: predicted), default: 0] += 1 }
        if let probability, probability >= 0, probability <= 1 { losses.append(negativeLog(probability)) }
    }
}

/// How well a classifier of many classes did on the rows whose truth is known.
package struct MulticlassPerformance: Equatable, Sendable {
    package var rows: Int
    /// Rows without the true class's probability, which log loss leaves out.
    package var unscored: Int
    package var measures: PerformanceMeasures

    package init<Class>(_ outcomes: MulticlassOutcomes<Class>, confidence: Double = 0.95) {
        let z = standardErrors(confidence: confidence)
        (rows, unscored) = (outcomes.rows, outcomes.rows - outcomes.losses.count)
        measures = PerformanceMeasures(defined: [
            .accuracy: outcomes.accuracy(z: z),
            .macroF1: outcomes.macroF1(z: z),
            .logLoss: IntervalEstimate(
                meanOf: outcomes.losses, z: z, within: 0...Double.greatestFiniteMagnitude),
        ])
    }
}

extension MulticlassOutcomes {
    private var decided: Double { Double(decisions.values.reduce(0, +)) }

    fileprivate func accuracy(z: Double) -> IntervalEstimate? {
        let right = decisions.reduce(0) { $0 + ($1.key.label == $1.key.predicted ? $1.value : 0) }
        return IntervalEstimate(successes: Double(right), trials: decided, z: z)
    }

    /// The mean of the classes' F1, over every class that was true or predicted, by the delta method: K. Takahashi et
    /// al., "Confidence interval for micro-averaged F1 and macro-averaged F1 scores", Applied Intelligence 52, 2022.
    /// Without an interval where no row was wrong.
    fileprivate func macroF1(z: Double) -> IntervalEstimate? {
        var (right, seen): ([Class: Double], [Class: Double]) = ([:], [:])
        for (decision, count) in decisions {
            seen[decision.label, default: 0] += Double(count)
            seen[decision.predicted, default: 0] += Double(count)
            if decision.label == decision.predicted { right[decision.label] = Double(count) }
        }
        guard !seen.isEmpty else { return nil }
        let scores = seen.reduce(into: [Class: Double]()) { scores, entry in
            scores[entry.key] = 2 * right[entry.key, default: 0] / entry.value
        }
        let classes = Double(scores.count)
        let mean = scores.values.reduce(0, +) / classes
        let influences = decisions.reduce(0.0) { sum, entry in
            let (label, predicted) = (entry.key.label, entry.key.predicted)
            var influence = -scores[label]! / seen[label]! - scores[predicted]! / seen[predicted]!
            if label == predicted { influence += 2 / seen[label]! }
            return sum + Double(entry.value) * influence * influence
        }
        let variance = influences / (classes * classes)
        guard variance > 0 else { return IntervalEstimate(mean) }
        return IntervalEstimate(mean, margin: z * variance.squareRoot(), within: 0...1)
    }
}
