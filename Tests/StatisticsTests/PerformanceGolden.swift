import Statistics
import Testing

/// A figure with its interval, as `performance.json` writes it.
struct GoldenEstimate: Decodable, Sendable {
    let value: Double
    let lower, upper: Double?

    func matches(_ found: IntervalEstimate?, within tolerance: Double = 1e-9) -> Bool {
        guard let found, isClose(found.value, value, within: 1e-12) else { return false }
        return isClose(found.lower, lower, within: tolerance)
            && isClose(found.upper, upper, within: tolerance)
    }
}

private func isClose(_ a: Double?, _ b: Double?, within tolerance: Double) -> Bool {
    switch (a, b) {
    case (nil, nil): true
    case (let a?, let b?): isClose(a, b, within: tolerance)
    default: false
    }
}

/// Measures by name.
struct GoldenMeasures: Decodable, Sendable {
    let byName: [String: GoldenEstimate]

    init(from decoder: any Decoder) throws {
        byName = try decoder.singleValueContainer().decode([String: GoldenEstimate].self)
    }

    /// What differs, in words; empty when all are equal and the same ones are defined.
    func differences(from found: PerformanceMeasures) -> [String] {
        PerformanceMetric.allCases.compactMap { metric in
            switch (byName[metric.rawValue], found[metric]) {
            case (nil, nil): nil
            case (let expected?, let found) where expected.matches(found): nil
            case (let expected, let found):
                "\(metric): \(String(describing: found)), not \(String(describing: expected))"
            }
        }
    }
}

/// See tools/golden/performance.py.
struct PerformanceGolden: Decodable, Sendable {
    struct Binary: Decodable, Sendable, CustomTestStringConvertible {
        let name: String
        let labels: GoldenSample?
        let uniforms: GoldenSample?
        let slope: Double?
        let scores: GoldenSample
        let measures: GoldenMeasures
        let equal_width: Double

        var testDescription: String { name }

        /// A score of one half or more predicts a 1.
        var outcomes: BinaryOutcomes {
            var outcomes = BinaryOutcomes()
            for (index, score) in scores.values.enumerated() {
                let isPositive =
                    labels.map { $0.values[index] == 1 } ?? (uniforms!.values[index] < slope! * score)
                outcomes.append(isPositive: isPositive, score: score, predicted: score >= 0.5)
            }
            return outcomes
        }
    }

    struct Difference: Decodable, Sendable {
        let current, reference: [Int]
        let difference: GoldenEstimate
    }

    struct Regression: Decodable, Sendable, CustomTestStringConvertible {
        let errors: GoldenSample
        let measures: GoldenMeasures

        var testDescription: String { "\(errors.values.count) errors from \(errors.values[0])" }
    }

    struct Multiclass: Decodable, Sendable, CustomTestStringConvertible {
        let labels, predicted: GoldenSample
        let measures: GoldenMeasures

        var testDescription: String { "\(labels.values.count) rows from \(labels.values[0])" }
    }

    struct Isotonic: Decodable, Sendable, CustomTestStringConvertible {
        let x, y: GoldenSample
        let weights: GoldenSample?
        let places, values: [Double]

        var testDescription: String { "\(x.values.count) points from \(x.values[0])" }

        var points: [IsotonicRegression.Point] {
            x.values.indices.map {
                .init(x: x.values[$0], y: y.values[$0], weight: weights?.values[$0] ?? 1)
            }
        }
    }

    struct Quantile: Decodable, Sendable { let p, x: Double }

    let binary: [Binary]
    let differences: [Difference]
    let regression: [Regression]
    let multiclass: [Multiclass]
    let isotonic: [Isotonic]
    let normal: [Quantile]
}

let performanceGolden = try! golden("performance", as: PerformanceGolden.self)
