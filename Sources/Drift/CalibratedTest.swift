import Glibc
package import Statistics

/// Judges a window by how unlike the reference's own blocks it is (`ConformalRank`): each feature by its
/// Wasserstein distance (numbers) or total variation (categories) to the pool of all others.
package struct CalibratedTest: Sendable {
    private let features: [ReferenceFeature]
    /// Packed: unpacked, a month of days would take a thousand times what it holds.
    private let blocks: [Profile]

    /// A block or window with fewer values of a feature says nothing about it.
    package static let smallestSample: UInt64 = 50

    package init(_ reference: Reference) {
        features = reference.features
        blocks = (reference.blocks?.blocks ?? []).map(\.profile)
    }

    package var blockCount: Int { blocks.count }

    /// Distances of the window and of every block to the pool of all others, feature by feature; `nil` where
    /// there are too few values.
    package struct Distances: Equatable, Sendable {
        package var window: [Double?]
        package var blocks: [[Double?]]
    }

    package func distances(_ window: [FeatureSample]) -> Distances {
        compare { feature in
            let cells = features[feature].cells
            let members = [window[feature]] + blocks.map { FeatureSample($0.features[feature], cells: cells) }
            let pool = members.dropFirst().reduce(into: members[0]) { $0 += $1 }
            return members.map { distance($0, pool - $0, cells) }
        }
    }

    /// By how much the window and every block lack values more often than all the others, feature by feature.
    package func missingIncreases(_ window: [FeatureSample]) -> Distances {
        compare { feature in
            let members = [window[feature].profile] + blocks.map { $0.features[feature] }
            let (missing, rows) = members.reduce((0, 0)) { ($0.0 + $1.missingCount, $0.1 + $1.rows) }
            return members.map { member in
                member.rows < CalibratedTest.smallestSample
                    ? nil
                    : share(member.missingCount, member.rows)
                        - share(missing - member.missingCount, rows - member.rows)
            }
        }
    }

    /// - Returns: `nil` when the window has too few values of every feature.
    package func rank(_ window: [FeatureSample]) -> ConformalRank? {
        let distances = distances(window)
        return ConformalRank(window: distances.window, blocks: distances.blocks)
    }

    /// - Parameter measure: a figure of each member, the window first, against the pool of all the others.
    private func compare(_ measure: (_ feature: Int) -> [Double?]) -> Distances {
        let table = features.indices.map(measure)
        return Distances(
            window: table.map { $0[0] }, blocks: blocks.indices.map { block in table.map { $0[block + 1] } })
    }

    private func distance(_ member: FeatureSample, _ rest: FeatureSample, _ cells: FeatureCells) -> Double? {
        guard member.valueCount >= CalibratedTest.smallestSample else { return nil }
        switch cells {
        case .numeric(let cells): return member.wasserstein(to: rest, cells).map { $0.distance / cells.scale }
        case .categorical:
            return BinnedDistances(reference: rest.counts, current: member.counts)?.totalVariation
        }
    }
}

extension CalibratedTest {
    /// Per feature, the chance of a distance as large by Student's t over the logarithms of the blocks'
    /// distances. It extrapolates beyond the blocks, on the assumption that those logarithms are normal.
    package func extrapolatedPValues(_ distances: Distances) -> [Double?] {
        features.indices.map { feature in
            guard let own = distances.window[feature] else { return nil }
            let logs = distances.blocks.compactMap { $0[feature] }.map(floored)
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

private func share(_ count: UInt64, _ rows: UInt64) -> Double {
    rows == 0 ? 0 : Double(count) / Double(rows)
}

private func floored(_ distance: Double) -> Double { log(max(distance, ConformalRank.smallestDistance)) }
