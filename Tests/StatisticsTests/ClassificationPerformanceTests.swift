import Statistics
import Testing

@Suite struct ClassificationPerformanceTests {
    @Test(arguments: performanceGolden.binary)
    func `measures and intervals are scikit-learn's, statsmodels' and DeLong's`(
        example: PerformanceGolden.Binary
    ) {
        let performance = ClassificationPerformance(example.outcomes)
        #expect(example.measures.differences(from: performance.measures) == [])
    }

    @Test(arguments: performanceGolden.binary)
    func `bins of equal width are scikit-learn's`(example: PerformanceGolden.Binary) throws {
        let curve = CalibrationCurve(example.outcomes.scored, .equalWidth(10))
        #expect(isClose(try #require(curve.error), example.equal_width, within: 1e-12))
    }

    @Test func `no rows have no performance`() {
        #expect(ClassificationPerformance(BinaryOutcomes()).measures.isEmpty)
        #expect(ClassificationPerformance(BinaryOutcomes()).calibration == nil)
    }

    @Test func `a row without a score counts for its decision alone`() {
        var outcomes = BinaryOutcomes()
        outcomes.append(isPositive: true, score: nil, predicted: true)
        outcomes.append(isPositive: false, score: .nan, predicted: true)
        let performance = ClassificationPerformance(outcomes)
        #expect(performance.unscored == 2)
        #expect(Set(performance.measures.keys) == [.accuracy, .precision, .recall, .f1])
        #expect(performance.measures[.accuracy]?.value == 0.5)
    }

    @Test func `a row without a decision counts for its score alone`() {
        var outcomes = BinaryOutcomes()
        outcomes.append(isPositive: true, score: 0.9, predicted: nil)
        outcomes.append(isPositive: false, score: 0.2, predicted: nil)
        #expect(
            Set(ClassificationPerformance(outcomes).measures.keys)
                == [.logLoss, .brier, .auc, .calibrationError])
    }

    @Test(arguments: [-3.0, 1.5, .infinity, -.infinity])
    func `scores that are no probabilities rank, and nothing else`(score: Double) {
        var outcomes = BinaryOutcomes()
        outcomes.append(isPositive: score > 0, score: score, predicted: nil)
        outcomes.append(isPositive: score < 0, score: 0.5, predicted: nil)
        let performance = ClassificationPerformance(outcomes)
        #expect(!performance.areProbabilities)
        #expect(Set(performance.measures.keys) == [.auc])
        #expect(performance.measures[.auc]?.value == 1)
    }

    @Test func `what single precision adds to 1 does not make a score less of a probability`() throws {
        var outcomes = BinaryOutcomes()
        outcomes.append(isPositive: true, score: 1.0000001, predicted: true)
        outcomes.append(isPositive: false, score: -0.0000001, predicted: false)
        let measures = ClassificationPerformance(outcomes).measures
        #expect(measures[.brier]?.value == 0)
        #expect(try #require(measures[.logLoss]).value < 1e-15)
        #expect(measures[.calibrationError]?.value == 0)
    }

    @Test func `less confidence makes narrower intervals around the same figures`() throws {
        let outcomes = performanceGolden.binary.first { $0.name == "calibrated" }!.outcomes
        let (wide, narrow) = (
            ClassificationPerformance(outcomes).measures,
            ClassificationPerformance(outcomes, confidence: 0.5).measures
        )
        for (metric, figure) in narrow {
            let other = try #require(wide[metric])
            #expect(figure.value == other.value)
            #expect(figure.lower! >= other.lower! && figure.upper! <= other.upper!, "\(metric)")
            #expect(figure.lower! <= figure.value && figure.value <= figure.upper!, "\(metric)")
        }
    }

    @Test func `the calibration curve is what was promised beside what came`() {
        let rows = [(0.1, 0.0), (0.1, 1), (0.8, 1), (0.8, 1)].map {
            BinaryOutcomes.Scored(score: $0.0, positive: $0.1)
        }
        let curve = CalibrationCurve(rows, .equalWidth(2))
        #expect(curve.bins.map(\.rows) == [2, 2])
        #expect(curve.bins.map(\.meanScore) == [0.1, 0.8])
        #expect(curve.bins.map(\.positiveRate) == [0.5, 1])
        #expect(isClose(curve.error ?? .nan, 0.3, within: 1e-15))
    }
}
