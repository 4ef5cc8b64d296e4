/// The area under the ROC curve of rows in clusters.
///
/// All its sums are of halves and exact up to 2⁵³, so that it comes out the same to the last bit either way it is
/// computed: from wins of clusters over clusters, C² a replicate, where rows are more than C²; else row by row.
package struct ClusteredAreaUnderCurve: ClusterStatistic {
    package let clusterCount: Int
    private let rows: RankedRows
    /// How often a positive of one cluster scores above a negative of another, ties by half; a row a positive's cluster.
    private let wins: [Double]?
    private let positives: [Double]
    private let negatives: [Double]

    /// - Precondition: as many scores as labels and rows in clusters; no score is NaN.
    package init(scores: [Double], isPositive: [Bool], _ clusters: Clusters) {
        let isDense = clusters.count * clusters.count <= scores.count
        self.init(scores: scores, isPositive: isPositive, clusters, countingWins: isDense)
    }

    init(scores: [Double], isPositive: [Bool], _ clusters: Clusters, countingWins: Bool) {
        precondition(
            scores.count == isPositive.count && scores.count == clusters.indices.count,
            "\(scores.count) scores, \(isPositive.count) labels, \(clusters.indices.count) rows in clusters")
        rows = RankedRows(scores, isPositive, clusters)
        clusterCount = clusters.count
        var counts = [[Double]](repeating: [Double](repeating: 0, count: clusters.count), count: 2)
        for (row, cluster) in clusters.indices.enumerated() { counts[isPositive[row] ? 0 : 1][cluster] += 1 }
        (positives, negatives) = (counts[0], counts[1])
        wins = countingWins ? rows.wins(clusterCount: clusters.count) : nil
    }

    package func value(_ weights: [Double]) -> Double? {
        let m = dot(positives.span, weights.span)
        let n = dot(negatives.span, weights.span)
        guard m > 0, n > 0 else { return nil }
        let won = wins.map { quadraticForm($0.span, weights.span) } ?? rows.won(weights.span)
        return won / (m * n)
    }

    package func leavingOutEach() -> [Double?] {
        let shares = rows.shares(clusterCount: clusterCount)
        let (m, n) = (positives.reduce(0, +), negatives.reduce(0, +))
        let won = shares.byPositives.reduce(0, +)
        return (0..<clusterCount).map { cluster in
            let pairs = (m - positives[cluster]) * (n - negatives[cluster])
            let lost = shares.byPositives[cluster] + shares.overNegatives[cluster] - shares.within[cluster]
            return pairs > 0 ? (won - lost) / pairs : nil
        }
    }
}

private func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
    var sum = 0.0
    for i in a.indices { sum += a[i] * b[i] }
    return sum
}

private func quadraticForm(_ matrix: Span<Double>, _ weights: Span<Double>) -> Double {
    let count = weights.count
    var sum = 0.0
    for row in 0..<count where weights[row] != 0 {
        sum += weights[row] * dot(matrix.extracting(row * count..<(row + 1) * count), weights)
    }
    return sum
}

/// Rows by ascending score, as much of them as areas need.
private struct RankedRows {
    /// Of each row.
    private var clusters: [Int] = []
    /// 1 or 0, of each row.
    private var labels: [Double] = []
    /// Rows of one score.
    private let ties: [Range<Int>]

    init(_ scores: [Double], _ isPositive: [Bool], _ clusters: Clusters) {
        let ranked = RankedScores(scores)
        ties = ranked.ties
        self.clusters = ranked.order.map { clusters.indices[$0] }
        labels = ranked.order.map { isPositive[$0] ? 1 : 0 }
    }

    /// How often a positive scores above a negative, rows counted as often as their cluster.
    func won(_ weights: Span<Double>) -> Double {
        var (won, below) = (0.0, 0.0)
        for tie in ties {
            var (positives, negatives) = (0.0, 0.0)
            for row in tie {
                let weight = weights[clusters[row]]
                positives += weight * labels[row]
                negatives += weight * (1 - labels[row])
            }
            won += positives * (below + negatives / 2)
            below += negatives
        }
        return won
    }

    func wins(clusterCount: Int) -> [Double] {
        let none = [Double](repeating: 0, count: clusterCount)
        var wins = [Double](repeating: 0, count: clusterCount * clusterCount)
        var (below, positives, tied) = (none, none, none)
        for tie in ties {
            for row in tie {
                positives[clusters[row]] += labels[row]
                tied[clusters[row]] += (1 - labels[row]) / 2
            }
            for row in tie where positives[clusters[row]] > 0 {
                let cluster = clusters[row]
                addWins(
                    positives[cluster], over: below.span, tied.span, to: &wins, at: cluster * clusterCount)
                positives[cluster] = 0
            }
            for row in tie {
                below[clusters[row]] += 1 - labels[row]
                tied[clusters[row]] = 0
            }
        }
        return wins
    }

    /// What each cluster has to do with the area.
    struct Shares {
        /// Wins of its positives over any negative.
        var byPositives: [Double]
        /// Wins of any positive over its negatives.
        var overNegatives: [Double]
        /// Wins of its positives over its negatives.
        var within: [Double]
    }

    func shares(clusterCount: Int) -> Shares {
        let none = [Double](repeating: 0, count: clusterCount)
        var shares = Shares(byPositives: none, overNegatives: none, within: none)
        var (belowInCluster, tiedInCluster) = (none, none)
        var (below, above) = (0.0, labels.reduce(0, +))
        for tie in ties {
            let positives = tie.reduce(0.0) { $0 + labels[$1] }
            let negatives = Double(tie.count) - positives
            above -= positives
            for row in tie { tiedInCluster[clusters[row]] += (1 - labels[row]) / 2 }
            for row in tie {
                let (cluster, label) = (clusters[row], labels[row])
                shares.byPositives[cluster] += label * (below + negatives / 2)
                shares.overNegatives[cluster] += (1 - label) * (above + positives / 2)
                shares.within[cluster] += label * (belowInCluster[cluster] + tiedInCluster[cluster])
            }
            for row in tie {
                belowInCluster[clusters[row]] += 1 - labels[row]
                tiedInCluster[clusters[row]] = 0
            }
            below += negatives
        }
        return shares
    }
}

private func addWins(
    _ positives: Double, over below: Span<Double>, _ tied: Span<Double>, to wins: inout [Double],
    at start: Int
) {
    for cluster in below.indices { wins[start + cluster] += positives * (below[cluster] + tied[cluster]) }
}
