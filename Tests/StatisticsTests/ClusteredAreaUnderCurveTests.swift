import Testing

@testable import Statistics

@Suite struct ClusteredAreaUnderCurveTests {
    @Test(arguments: [1, 2, 5, 1000])
    func `wins of clusters and rows one by one make the same area to the last bit`(distinctScores: Int) {
        var random = SplitMix64(state: UInt64(distinctScores))
        let keys = (0..<300).map { _ in Int.random(in: 0..<12, using: &random) }
        let scores = keys.map { _ in Double(Int.random(in: 0..<distinctScores, using: &random)) / 3 }
        let isPositive = keys.map { _ in Bool.random(using: &random) }
        let clusters = Clusters(keys: keys)
        let areas = [true, false].map {
            ClusteredAreaUnderCurve(
                scores: scores, isPositive: isPositive, clusters, countingWins: $0)
        }
        for _ in 0..<50 {
            let weights = (0..<clusters.count).map { _ in Double(Int.random(in: 0..<4, using: &random)) }
            #expect(areas[0].value(weights) == areas[1].value(weights))
        }
    }

    @Test(arguments: [3, 1000])
    func `without a cluster the area is that of the other rows`(distinctScores: Int) {
        var random = SplitMix64(state: UInt64(distinctScores))
        let keys = (0..<200).map { _ in Int.random(in: 0..<9, using: &random) }
        let scores = keys.map { _ in Double(Int.random(in: 0..<distinctScores, using: &random)) }
        let isPositive = keys.map { _ in Bool.random(using: &random) }
        let area = ClusteredAreaUnderCurve(scores: scores, isPositive: isPositive, Clusters(keys: keys))
        let expected = (0..<9).map { cluster in
            var weights = [Double](repeating: 1, count: 9)
            weights[cluster] = 0
            return area.value(weights)
        }
        #expect(area.leavingOutEach() == expected)
    }

    @Test func `an area without a class is undefined`() {
        let area = ClusteredAreaUnderCurve(
            scores: [1, 2], isPositive: [false, true], Clusters(keys: [0, 1]))
        #expect(area.value == 1)
        #expect(area.value([1, 0]) == nil)
        #expect(area.leavingOutEach() == [nil, nil])
    }
}
