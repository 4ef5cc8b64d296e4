import Statistics
import Testing

@Suite struct DeLongTestTests {
    @Test(arguments: gateGolden.delong)
    func `areas, covariance, z and p-value are scikit-learn's and MLstatkit's`(
        example: GateGolden.DeLong
    ) throws {
        let test = try #require(
            DeLongTest(
                scores: example.candidate.values, otherScores: example.champion.values,
                isPositive: example.labels.values.map { $0 == 1 }))
        #expect(isClose([test.otherArea.value, test.area.value], example.areas))
        #expect(isClose([test.covariance, test.z, test.pValue], [example.covariance, example.z, example.p]))
        let (difference, margin) = (example.difference, example.margin)
        #expect(
            isClose(
                [test.difference.value, test.difference.lower, test.difference.upper],
                [difference, max(-1, difference - margin), min(1, difference + margin)]))
    }

    @Test func `scores that rank alike differ by nothing, and are no NaN`() throws {
        let scores = [0.1, 0.4, 0.35, 0.8]
        let test = try #require(
            DeLongTest(
                scores: scores, otherScores: scores.map { 10 * $0 }, isPositive: [false, false, true, true]))
        #expect(test.z == 0 && test.pValue == 1)
        #expect(test.difference == IntervalEstimate(0, lower: 0, upper: 0))
    }

    @Test func `a perfect ranking against its reverse has a difference and nothing to test it by`() throws {
        let test = try #require(
            DeLongTest(
                scores: [1, 2, 3, 4], otherScores: [4, 3, 2, 1], isPositive: [false, false, true, true]))
        #expect(test.difference.value == 1)
        #expect(test.z == nil && test.pValue == nil)
    }

    @Test func `one row of a class has an area and no variance`() throws {
        let test = try #require(
            DeLongTest(scores: [1, 2, 3], otherScores: [1, 3, 2], isPositive: [false, true, false]))
        #expect(test.area.value == 0.5 && test.otherArea.value == 1)
        #expect(test.covariance == nil && test.z == nil && test.difference == IntervalEstimate(-0.5))
    }

    @Test func `one class alone cannot be ranked`() {
        #expect(DeLongTest(scores: [1, 2], otherScores: [2, 1], isPositive: [true, true]) == nil)
    }
}
