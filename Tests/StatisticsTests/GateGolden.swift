import Statistics
import Testing

/// See tools/golden/gate.py.
struct GateGolden: Decodable, Sendable {
    struct Figure: Decodable, Sendable {
        let value: Double
        let first, percentile, bca, expanded: [Double]

        /// What differs, in words.
        func differences(from found: BootstrapDistribution) -> [String] {
            let intervals: [(BootstrapDistribution.Interval, [Double])] = [
                (.percentile, percentile), (.bca, bca), (.expandedPercentile, expanded),
            ]
            let wrong = intervals.filter { interval, expected in
                let estimate = found.estimate(interval)
                return !isClose([estimate.lower, estimate.upper], expected)
            }
            let start = Array(found.replicates.prefix(first.count))
            return wrong.map { "\($0.0): \(found.estimate($0.0)), not \($0.1)" }
                + (isClose(start, first) ? [] : ["replicates begin \(start), not \(first)"])
                + (isClose([found.value], [value]) ? [] : ["\(found.value), not \(value)"])
        }
    }

    struct Bootstrap: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let seed: UInt64
        let replicates: Int
        let labels, keys, champion, candidate: GoldenSample
        let measures: [PerformanceMetric: [String: Figure]]

        var testDescription: String { name }
        var clusters: Clusters { Clusters(keys: keys.values.map { Int($0) }) }
        var isPositive: [Bool] { labels.values.map { $0 == 1 } }

        func statistic(_ metric: PerformanceMetric, _ scores: GoldenSample) -> any ClusterStatistic {
            let rows = zip(scores.values, labels.values).map {
                BinaryOutcomes.Scored(score: $0, positive: $1)
            }
            return ClusterTotals.binary(metric, rows, threshold: 0.5, clusters)
                ?? ClusteredAreaUnderCurve(scores: scores.values, isPositive: isPositive, clusters)
        }
    }

    struct DeLong: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let labels, champion, candidate: GoldenSample
        let areas: [Double]
        let covariance, difference, margin, z, p: Double

        var testDescription: String { name }
    }

    struct McNemar: Decodable, Sendable {
        let only_first, only_second: Int
        let exact, mid, chi_squared, chi_squared_p: Double
    }

    struct ROC: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let labels, scores: GoldenSample
        let fpr, tpr: [Double]
        let thresholds: [GoldenNumber]

        var testDescription: String { name }
    }

    struct Student: Decodable, Sendable { let p, df, x: Double }

    let bootstrap: [Bootstrap]
    let delong: [DeLong]
    let mcnemar: [McNemar]
    let roc: [ROC]
    let student: [Student]
}

let gateGolden = try! golden("gate", as: GateGolden.self)

func isClose(_ found: [Double?], _ expected: [Double], within tolerance: Double = 1e-12) -> Bool {
    found.count == expected.count
        && zip(found, expected).allSatisfy { found, expected in
            found.map { isClose($0, expected, within: tolerance) } ?? false
        }
}
