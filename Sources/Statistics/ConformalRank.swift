import Glibc

/// Ranks a window among the blocks of its reference: is it unlike all of them?
///
/// Every block and the window are equals: each has, per feature, the distance T to the pool of all the others.
/// z = (ln T − median)/sd standardises a feature over blocks and window together (the lower median of an even
/// number, the sample deviation), the score of a block is its
/// largest z, and the p-value is the share of scores at or above the window's. While blocks and window are
/// exchangeable P(p ≤ α) ≤ α, whatever the dependence between features and inside blocks: a conformal test
/// (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic Learning in a Random World", 2005).
package struct ConformalRank: Equatable, Sendable {
    /// The window's z per feature; `nil` where the window has too few values.
    package var featureScores: [Double?]
    package var score: Double
    package var pValue: Double
    /// The scores of the blocks, ascending.
    package var blockScores: [Double]

    /// Distances below it are all the same: nothing so small matters.
    package static let smallestDistance = 1e-4
    /// A feature that hardly varies between blocks is not measured by less than this.
    package static let smallestDeviation = 0.05

    /// - Parameters:
    ///   - window: the window's distance per feature.
    ///   - blocks: the blocks' distances, each with one per feature; `nil` where a block has too few values.
    /// - Returns: `nil` when no feature has a distance in the window.
    package init?(window: [Double?], blocks: [[Double?]]) {
        var blockScores = Array(repeating: -Double.infinity, count: blocks.count)
        featureScores = window.indices.map { feature in
            let scale = Standardisation(([window] + blocks).compactMap { $0[feature] })
            for (index, block) in blocks.enumerated() {
                guard let distance = block[feature] else { continue }
                blockScores[index] = max(blockScores[index], scale.score(distance))
            }
            return window[feature].map(scale.score)
        }
        guard let score = featureScores.compactMap({ $0 }).max() else { return nil }
        self.score = score
        self.blockScores = blockScores.sorted()
        pValue = Double(blockScores.count { $0 >= score } + 1) / Double(blocks.count + 1)
    }

    /// The largest score that still would not alarm at `level`: whatever lies above it alarms.
    /// `nil` when the blocks are too few for any score to alarm.
    package func criticalScore(level: Double) -> Double? {
        ConformalRank.criticalScore(among: blockScores, level: level)
    }

    package static func criticalScore(among scores: [Double], level: Double) -> Double? {
        let allowed = Int((level * Double(scores.count + 1)).nextUp) - 1
        guard allowed >= 0 else { return nil }
        return allowed >= scores.count ? -.infinity : scores.sorted()[scores.count - 1 - allowed]
    }
}

private struct Standardisation {
    private let median: Double
    private let deviation: Double

    init(_ distances: [Double]) {
        let logs = distances.map(logarithm).sorted()
        guard !logs.isEmpty else {
            (median, deviation) = (0, ConformalRank.smallestDeviation)
            return
        }
        median = logs[(logs.count - 1) / 2]
        let mean = logs.reduce(0, +) / Double(logs.count)
        let squares = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let sample = logs.count > 1 ? (squares / Double(logs.count - 1)).squareRoot() : 0
        deviation = max(sample, ConformalRank.smallestDeviation)
    }

    func score(_ distance: Double) -> Double { (logarithm(distance) - median) / deviation }
}

private func logarithm(_ distance: Double) -> Double { log(max(distance, ConformalRank.smallestDistance)) }
