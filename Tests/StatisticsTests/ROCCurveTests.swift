import Statistics
import Testing

@Suite struct ROCCurveTests {
    @Test(arguments: gateGolden.roc)
    func `every point is scikit-learn's`(example: GateGolden.ROC) throws {
        let curve = try #require(
            ROCCurve(
                scores: example.scores.values, isPositive: example.labels.values.map { $0 == 1 }, most: 10_000
            ))
        #expect(isClose(curve.points.map(\.falsePositiveRate), example.fpr))
        #expect(isClose(curve.points.map(\.truePositiveRate), example.tpr))
        #expect(curve.points[0].threshold == nil)
        #expect(curve.points.dropFirst().map(\.threshold) == example.thresholds.dropFirst().map(\.value))
    }

    @Test(arguments: [2, 3, 10, 100])
    func `of a long curve so many points are kept, both ends among them`(most: Int) throws {
        var random = SplitMix64(state: 3)
        let scores = (0..<5000).map { _ in Double.random(in: 0..<1, using: &random) }
        let curve = try #require(
            ROCCurve(
                scores: scores, isPositive: scores.map { Double.random(in: 0..<1, using: &random) < $0 },
                most: most))
        #expect(curve.points.count <= most && curve.points.count > most / 2)
        let ends = [curve.points.first, curve.points.last].compactMap(\.self)
        #expect(ends.map(\.falsePositiveRate) == [0, 1] && ends.map(\.truePositiveRate) == [0, 1])
        #expect(
            zip(curve.points, curve.points.dropFirst()).allSatisfy {
                $0.falsePositiveRate <= $1.falsePositiveRate && $0.truePositiveRate <= $1.truePositiveRate
            })
    }

    @Test func `one class has no curve`() {
        #expect(ROCCurve(scores: [0.1, 0.2], isPositive: [false, false]) == nil)
    }
}
