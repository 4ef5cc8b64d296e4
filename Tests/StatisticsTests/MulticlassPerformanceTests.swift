import Statistics
import Testing

@Suite struct MulticlassPerformanceTests {
    @Test(arguments: performanceGolden.multiclass)
    func `accuracy, macro F1 and log loss are scikit-learn's`(example: PerformanceGolden.Multiclass) {
        var outcomes = MulticlassOutcomes<String>()
        let rows = zip(example.labels.values, example.predicted.values).enumerated()
        for (index, (label, drawn)) in rows {
            // As the script does: in the long cases every third row is right.
            let isRight = example.labels.values.count > 100 && index.isMultiple(of: 3)
            outcomes.append(
                label: "\(label)", predicted: "\(isRight ? label : drawn)",
                probability: Double(1 + Int(label) % 7) / 8)
        }
        let performance = MulticlassPerformance(outcomes)
        #expect(example.measures.differences(from: performance.measures) == [])
    }

    @Test func `a row without the true class's probability is left out of the log loss`() {
        var outcomes = MulticlassOutcomes<Int>()
        for probability in [nil, .nan, -0.5, 2, 1] {
            outcomes.append(label: 1, predicted: 1, probability: probability)
        }
        let performance = MulticlassPerformance(outcomes)
        #expect(performance.unscored == 4)
        #expect(performance.measures[.logLoss]?.lower == nil)
        #expect(performance.measures[.accuracy]?.value == 1)
    }

    @Test func `no rows have no performance`() {
        #expect(MulticlassPerformance(MulticlassOutcomes<Int>()).measures.isEmpty)
    }
}
