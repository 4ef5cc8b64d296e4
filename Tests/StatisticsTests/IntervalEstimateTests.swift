import Statistics
import Testing

private func accuracy(_ counts: [Int]) -> IntervalEstimate? {
    var outcomes = BinaryOutcomes()
    for row in 0..<counts[1] { outcomes.append(isPositive: true, score: nil, predicted: row < counts[0]) }
    return ClassificationPerformance(outcomes).measures[.accuracy]
}

@Suite struct IntervalEstimateTests {
    @Test(arguments: performanceGolden.differences)
    func `rates differ by Newcombe's hybrid score interval`(example: PerformanceGolden.Difference) throws {
        let current = try #require(accuracy(example.current))
        let difference = current.difference(from: try #require(accuracy(example.reference)))
        #expect(example.difference.matches(difference), "\(difference)")
    }

    @Test func `normal intervals differ by the root of their squares`() {
        let difference = IntervalEstimate(5, lower: 2, upper: 8)
            .difference(from: IntervalEstimate(1, lower: -3, upper: 5))
        #expect(difference == IntervalEstimate(4, lower: -1, upper: 9))
    }

    @Test func `without an interval on either side the difference has none`() {
        let known = IntervalEstimate(5, lower: 2, upper: 8)
        #expect(known.difference(from: IntervalEstimate(1)) == IntervalEstimate(4))
        #expect(IntervalEstimate(1).difference(from: known) == IntervalEstimate(-4))
    }

    @Test func `normal quantiles are scipy's`() {
        for row in performanceGolden.normal {
            let found = normalQuantile(row.p)
            #expect(isClose(found, row.x, within: 1e-13), "\(row): \(found)")
        }
    }
}
