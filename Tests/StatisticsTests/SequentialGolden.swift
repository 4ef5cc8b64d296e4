import Statistics
import Testing

/// See tools/golden/sequential.py.
struct SequentialGolden: Decodable, Sendable {
    struct Mixture: Decodable, Sendable { let values, log_e, p: [Double]; let sigma, tau: Double }
    struct Boundary: Decodable, Sendable { let t, alpha, rho2, half_width: Double }
    struct TwoSample: Decodable, Sendable { let n, tau, difference, likelihood_ratio: Double }
    struct Asymptotic: Decodable, Sendable {
        let values: [Double]; let tightest: Int; let lower, upper: Double
    }
    struct Proportions: Decodable, Sendable {
        let champion, candidate: [Int]
        let alpha, rho, difference, p: Double
        let interval: [Double]
    }
    struct Means: Decodable, Sendable {
        let champion, candidate, interval: [Double]
        let alpha, rho, difference, p: Double
    }
    struct SampleRatio: Decodable, Sendable {
        let batches: [[Int]]
        let shares, log_e, p: [Double]
        let concentration: Double
    }
    struct Pearson: Decodable, Sendable {
        let counts: [Int]; let shares: [Double]; let chi_squared, p: Double
    }
    struct Counts: Decodable, Sendable {
        let batches: [[Int]]
        let share, log_e: Double
        let interval: [Double]
    }
    struct LargeCounts: Decodable, Sendable {
        let champion, candidate: Int
        let share, log_e: Double
        let lower, upper: GoldenNumber
    }
    struct Clustered: Decodable, Sendable {
        let values: [Double]
        let rho2, autocorrelation, effective, log_e, skewness: Double
        let radius: GoldenNumber
    }
    struct Bernstein: Decodable, Sendable { let name: String; let values, lower, upper: [Double] }
    struct Adjusted: Decodable, Sendable {
        let x, y, interval: [Double]
        let first: Int
        let theta, difference, variance, rho: Double
    }
    struct Size: Decodable, Sendable { let effect, variance, alpha, power, share, n: Double }
    struct RateSize: Decodable, Sendable { let rate, effect, share, n: Double }

    let mixture: [Mixture]
    let boundary: [Boundary]
    let two_sample: [TwoSample]
    let asymptotic: [Asymptotic]
    let proportions: [Proportions]
    let means: [Means]
    let sample_ratio: [SampleRatio]
    let chi_squared: [Pearson]
    let counts: [Counts]
    let large_counts: [LargeCounts]
    let clustered: [Clustered]
    let bernstein: [Bernstein]
    let cuped: [Adjusted]
    let sizes: [Size]
    let rate_sizes: [RateSize]
}

let sequentialGolden = try! golden("sequential", as: SequentialGolden.self)

extension SplitMix64 {
    mutating func uniform() -> Double { Double.random(in: 0..<1, using: &self) }

    /// By the quantile of a uniform number.
    mutating func gaussian() -> Double { normalQuantile(Double.random(in: 1e-300..<1, using: &self)) }
}

extension IntervalEstimate {
    /// The value and its bounds; infinite where there are none.
    var figures: [Double] { [lower ?? -.infinity, value, upper ?? .infinity] }
}
