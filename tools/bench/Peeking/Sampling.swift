import Foundation
import Statistics

extension SplitMix64 {
    /// In (0, 1).
    private mutating func uniform() -> Double { Double.random(in: 0x1p-60..<1, using: &self) }

    /// By the quantile of a uniform number.
    mutating func normal() -> Double { normalQuantile(uniform()) }

    /// Successes of independent trials, by the failures between two of them: exact, in a time of the order of their number.
    /// L. Devroye, "Non-Uniform Random Variate Generation", 1986, X.4, the first waiting time algorithm.
    ///
    /// - Precondition: `probability` lies inside (0, 1).
    mutating func binomial(_ trials: Int, _ probability: Double) -> Int {
        precondition(probability > 0 && probability < 1, "a probability of \(probability)")
        let logarithm = log1p(-probability)
        var (left, successes) = (trials, 0)
        while true {
            let failures = log(uniform()) / logarithm
            guard failures < Double(left) else { return successes }
            left -= Int(failures) + 1
            successes += 1
        }
    }

    /// Of scale 1. G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma Variables", ACM Transactions on
    /// Mathematical Software 26, 2000.
    ///
    /// - Precondition: `shape` is at least 1.
    mutating func gamma(shape: Double) -> Double {
        precondition(shape >= 1, "a shape of \(shape)")
        let d = shape - 1 / 3
        while true {
            let x = normal()
            let root = 1 + x / (9 * d).squareRoot()
            let v = root * root * root
            if root > 0, log(uniform()) < x * x / 2 + d * (1 - v + log(v)) { return d * v }
        }
    }

    /// By a gamma variable.
    mutating func chiSquared(degreesOfFreedom: Int) -> Double {
        2 * gamma(shape: Double(degreesOfFreedom) / 2)
    }
}
