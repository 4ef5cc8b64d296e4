import Statistics
import Testing

@Suite struct ClusterBootstrapTests {
    @Test(arguments: gateGolden.bootstrap)
    func `replicates and intervals are those of numpy, scikit-learn and scipy from the same draws`(
        example: GateGolden.Bootstrap
    ) throws {
        let bootstrap = ClusterBootstrap(replicates: example.replicates, seed: example.seed)
        for (metric, expected) in example.measures {
            let found = bootstrap([
                example.statistic(metric, example.champion), example.statistic(metric, example.candidate),
            ])
            let (champion, candidate) = (try #require(found[0]), try #require(found[1]))
            let difference = candidate.difference(from: champion)
            #expect(try #require(expected["champion"]).differences(from: champion) == [], "\(metric)")
            #expect(try #require(expected["candidate"]).differences(from: candidate) == [], "\(metric)")
            #expect(try #require(expected["difference"]).differences(from: difference) == [], "\(metric)")
        }
    }

    @Test func `the order of rows changes nothing`() throws {
        let example = gateGolden.bootstrap[0]
        let (keys, scores) = (example.keys.values.map { Int($0) }, example.champion.values)
        let order = Array(keys.indices.reversed())
        let one = ClusteredAreaUnderCurve(
            scores: scores, isPositive: example.isPositive, Clusters(keys: keys))
        let other = ClusteredAreaUnderCurve(
            scores: order.map { scores[$0] }, isPositive: order.map { example.isPositive[$0] },
            Clusters(keys: order.map { keys[$0] }))
        let bootstrap = ClusterBootstrap(replicates: 50)
        #expect(bootstrap([one]) == bootstrap([other]))
    }

    @Test func `another seed draws other clusters`() throws {
        let mean = ClusterTotals.mean((0..<20).map(Double.init), Clusters(keys: Array(0..<20)))
        let draws = (1...3).map { ClusterBootstrap(replicates: 100, seed: $0)([mean])[0]?.replicates }
        #expect(draws[0] != draws[1] && draws[1] != draws[2])
    }

    @Test func `a single cluster says nothing of how clusters differ`() throws {
        let mean = ClusterTotals.mean([1, 2, 3], Clusters(keys: [7, 7, 7]))
        let distribution = try #require(ClusterBootstrap(replicates: 100)([mean])[0])
        #expect(distribution.estimate(.percentile) == IntervalEstimate(2))
        #expect(distribution.estimate(.expandedPercentile) == IntervalEstimate(2))
    }

    @Test func `a figure that most draws leave undefined has no interval`() throws {
        let area = ClusteredAreaUnderCurve(
            scores: [0.1, 0.2, 0.3, 0.4], isPositive: [false, false, false, true],
            Clusters(keys: [1, 2, 3, 4]))
        let distribution = try #require(ClusterBootstrap(replicates: 100)([area])[0])
        #expect(distribution.value == 1)
        #expect(distribution.replicates.contains(nil))
        #expect(distribution.estimate(.bca) == IntervalEstimate(1))
    }

    @Test func `an undefined figure has no distribution`() {
        let clusters = Clusters(keys: [1, 2])
        let area = ClusteredAreaUnderCurve(scores: [0.1, 0.2], isPositive: [true, true], clusters)
        #expect(ClusterBootstrap(replicates: 10)([area]) == [nil])
        #expect(ClusterBootstrap(replicates: 10)([ClusterTotals.mean([], Clusters(keys: []))]) == [nil])
    }

    @Test func `models that say the same differ by exactly nothing`() throws {
        let example = gateGolden.bootstrap[1]
        let area = example.statistic(.auc, example.champion)
        let found = ClusterBootstrap(replicates: 100)([area, area]).compactMap(\.self)
        let difference = found[0].difference(from: found[1])
        for interval: BootstrapDistribution.Interval in [.percentile, .expandedPercentile, .bca] {
            #expect(difference.estimate(interval) == IntervalEstimate(0, lower: 0, upper: 0))
        }
    }
}

/// Days of rows that share their day's luck: the standard deviation of a day is 0.5, of a row 1.
private struct Days {
    let keys: [Int]
    let values: [Double]

    init(days: Int, _ random: inout SplitMix64) {
        var (keys, values) = ([Int](), [Double]())
        for day in 0..<days {
            let luck = random.normal() / 2
            for _ in 0..<Int.random(in: 5...15, using: &random) {
                keys.append(day)
                values.append(luck + random.normal())
            }
        }
        (self.keys, self.values) = (keys, values)
    }

    func covers(_ truth: Double, _ clusters: Clusters, seed: UInt64) -> Bool {
        let bootstrap = ClusterBootstrap(replicates: 199, seed: seed)
        guard let found = bootstrap([ClusterTotals.mean(values, clusters)])[0]?.estimate(.expandedPercentile),
            let lower = found.lower, let upper = found.upper
        else { return false }
        return lower <= truth && truth <= upper
    }
}

extension SplitMix64 {
    /// About normal: a sum of twelve uniform numbers.
    fileprivate mutating func normal() -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}

@Suite struct BootstrapCoverageTests {
    @Test func `an interval of clusters holds the truth as often as it says, one of rows does not`() {
        var random = SplitMix64(state: 20)
        var (byDay, byRow) = (0, 0)
        for seed in 0..<200 {
            let days = Days(days: 20, &random)
            if days.covers(0, Clusters(keys: days.keys), seed: UInt64(seed)) { byDay += 1 }
            if seed < 60, days.covers(0, Clusters(keys: Array(days.keys.indices)), seed: UInt64(seed)) {
                byRow += 1
            }
        }
        #expect((180...198).contains(byDay), "\(byDay) of 200")
        #expect(byRow < 50, "\(byRow) of 60")
    }
}
