import Foundation
import Statistics

private let intervals: [BootstrapDistribution.Interval] = [.percentile, .bca, .expandedPercentile]

/// How a day's luck is distributed, with mean 0 and deviation 1.
private enum Luck: String, CaseIterable {
    case normal, exponential

    func draw(_ random: inout SplitMix64) -> Double {
        switch self {
        case .normal: random.normal()
        case .exponential: -log(1 - Double.random(in: 0..<1, using: &random)) - 1
        }
    }
}

/// The share of simulated holdouts whose 95 % interval of a mean difference holds the true one, 0; of 5 to 39 rows a
/// day, the day's luck varies as much as a row's.
func printCoverage(trials: Int) {
    print("\n| days, their luck | by day: percentile | BCa | expanded percentile | by row: percentile |")
    print("|---|---|---|---|---|")
    for luck in Luck.allCases {
        for days in [10, 20, 30, 60] {
            let shares = coverage(days: days, luck, trials: trials).map {
                String(format: "%.1f %%", 100 * Double($0) / Double(trials))
            }
            print("| \(days), \(luck.rawValue) | \(shares.joined(separator: " | ")) |")
        }
    }
}

/// Holdouts whose interval holds the truth: of each interval by day, then of percentiles by row.
private func coverage(days: Int, _ luck: Luck, trials: Int) -> [Int] {
    var random = SplitMix64(state: UInt64(days))
    var held = [0, 0, 0, 0]
    for seed in 0..<UInt64(trials) {
        let (keys, values) = holdout(days: days, luck, &random)
        let byDay = bootstrap(values, Clusters(keys: keys), seed)
        let byRow = bootstrap(values, Clusters(keys: Array(keys.indices)), seed)
        let estimates = intervals.map { byDay.estimate($0) } + [byRow.estimate(.percentile)]
        for (index, estimate) in estimates.enumerated() where estimate.holds(0) { held[index] += 1 }
    }
    return held
}

private func holdout(days: Int, _ luck: Luck, _ random: inout SplitMix64) -> (keys: [Int], values: [Double]) {
    var (keys, values) = ([Int](), [Double]())
    for day in 0..<days {
        let shared = luck.draw(&random)
        for _ in 0..<Int.random(in: 5...39, using: &random) {
            keys.append(day)
            values.append(shared + random.normal())
        }
    }
    return (keys, values)
}

private func bootstrap(_ values: [Double], _ clusters: Clusters, _ seed: UInt64) -> BootstrapDistribution {
    ClusterBootstrap(replicates: 1000, seed: seed)([ClusterTotals.mean(values, clusters)])[0]!
}

extension IntervalEstimate {
    fileprivate func holds(_ truth: Double) -> Bool {
        guard let lower, let upper else { return false }
        return lower <= truth && truth <= upper
    }
}
