import Glibc
package import Statistics

/// Judges a window by how unlike the reference's own blocks it is (`ConformalRank`).
///
/// Each feature has two columns: its distance (Wasserstein for numbers, total variation for categories) and
/// its quality, by how much it lacks values, or holds values that nobody else has, more often than the rest.
/// Quality below a percentage point is the same for all, so only what is large takes part.
package struct CalibratedTest: Sendable {
    private let features: [ReferenceFeature]
    private let blocks: [[FeatureSample]]

    /// A block or window with fewer values of a feature says nothing about it.
    package static let smallestSample: UInt64 = 50
    static let smallestQualityChange = 0.01

    package init(features: [ReferenceFeature], blocks: [[FeatureSample]]) {
        (self.features, self.blocks) = (features, blocks)
    }

    package init(_ reference: Reference) {
        self.init(
            features: reference.features,
            blocks: (reference.blocks?.blocks ?? []).map { block in
                zip(block.profile.features, reference.cells).map { FeatureSample($0, cells: $1) }
            })
    }

    package var blockCount: Int { blocks.count }

    /// What a column of the test stands for.
    package struct Column: Equatable, Sendable {
        package var feature: Int
        package var isQuality: Bool
    }

    package var columns: [Column] {
        features.indices.map { Column(feature: $0, isQuality: false) }
            + features.indices.map { Column(feature: $0, isQuality: true) }
    }

    /// Distances of every block and of the window to the pool of all others, column by column.
    package struct Distances: Sendable {
        package var window: [Double?]
        package var blocks: [[Double?]]
    }

    package func distances(_ window: [FeatureSample]) -> Distances {
        let table = features.indices.map { feature in columnDistances(feature, window[feature]) }
        func row(_ member: Int) -> [Double?] {
            table.map { $0.drift[member] } + table.map { $0.quality[member] }
        }
        return Distances(window: row(0), blocks: blocks.indices.map { row($0 + 1) })
    }

    package func rank(_ window: [FeatureSample]) -> ConformalRank? {
        let distances = distances(window)
        return ConformalRank(window: distances.window, blocks: distances.blocks)
    }

    private func columnDistances(
        _ feature: Int, _ window: FeatureSample
    ) -> (drift: [Double?], quality: [Double?]) {
        let members = [window] + blocks.map { $0[feature] }
        let pool = members.dropFirst().reduce(into: window) { $0 += $1 }
        let cells = features[feature].cells
        var (drift, quality): ([Double?], [Double?]) = ([], [])
        for member in members {
            let rest = pool - member
            drift.append(distance(member, rest, cells))
            quality.append(qualityChange(member, rest, cells))
        }
        return (drift, quality)
    }

    private func distance(_ member: FeatureSample, _ rest: FeatureSample, _ cells: FeatureCells) -> Double? {
        guard member.valueCount >= CalibratedTest.smallestSample else { return nil }
        switch cells {
        case .numeric(let cells): return member.wasserstein(to: rest, cells).map { $0.distance / cells.scale }
        case .categorical:
            return BinnedDistances(reference: rest.counts, current: member.counts)?.totalVariation
        }
    }

    private func qualityChange(_ member: FeatureSample, _ rest: FeatureSample, _ cells: FeatureCells)
        -> Double?
    {
        guard member.profile.rows >= CalibratedTest.smallestSample else { return nil }
        let change = max(member.missingRate - rest.missingRate, member.novelShare(beyond: rest, cells))
        return max(change, CalibratedTest.smallestQualityChange)
    }
}

extension CalibratedTest {
    /// Per column, the chance of a distance as large by Student's t over the logarithms of the blocks'
    /// distances. It extrapolates beyond the blocks, on the assumption that those logarithms are normal.
    package func extrapolatedPValues(_ distances: Distances) -> [Double?] {
        columns.indices.map { column in
            guard let own = distances.window[column] else { return nil }
            let logs = distances.blocks.compactMap { $0[column] }.map(floored)
            guard logs.count > 2 else { return nil }
            let count = Double(logs.count)
            let mean = logs.reduce(0, +) / count
            let variance = logs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
            let deviation = max(variance.squareRoot(), ConformalRank.smallestDeviation)
            let t = (floored(own) - mean) / (deviation * (1 + 1 / count).squareRoot())
            return studentSurvival(t, degreesOfFreedom: count - 1)
        }
    }
}

private func floored(_ distance: Double) -> Double { log(max(distance, ConformalRank.smallestDistance)) }
