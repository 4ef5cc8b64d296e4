/// The bootstrap of rows in clusters: whole clusters are drawn with replacement, as many as there are, so that an
/// interval is as wide as the clusters differ, whatever holds the rows of one together.
///
/// A. C. Davison and D. V. Hinkley, *Bootstrap Methods and their Application*, 1997, section 3.8; C. A. Field and
/// A. H. Welsh, "Bootstrapping clustered data", JRSS B 69, 2007. Cluster k of a draw is the high word of u·C, u being
/// SplitMix64's next number and C the number of clusters; the bias is below C/2⁶⁴.
package struct ClusterBootstrap: Equatable, Sendable {
    package var replicates: Int
    package var seed: UInt64

    /// - Precondition: `replicates` ≥ 1.
    package init(replicates: Int = 2000, seed: UInt64 = 1) {
        precondition(replicates >= 1, "a bootstrap needs replicates")
        (self.replicates, self.seed) = (replicates, seed)
    }

    /// Replicates of every statistic from the same draws, so that differences between them are paired.
    ///
    /// - Precondition: the statistics are of the same clusters.
    /// - Returns: one distribution a statistic; `nil` where the rows as they are leave it undefined.
    package func callAsFunction(_ statistics: [any ClusterStatistic]) -> [BootstrapDistribution?] {
        let count = statistics.first?.clusterCount ?? 0
        precondition(statistics.allSatisfy { $0.clusterCount == count }, "one draw is of the same clusters")
        var figures = statistics.map { _ in [Double?]() }
        var random = SplitMix64(state: seed)
        var weights = [Double](repeating: 0, count: count)
        for _ in 0..<replicates {
            draw(&weights, &random)
            for index in statistics.indices { figures[index].append(statistics[index].value(weights)) }
        }
        return zip(statistics, figures).map { statistic, figures in
            statistic.value.map {
                BootstrapDistribution(
                    value: $0, replicates: figures, withoutEachCluster: statistic.leavingOutEach())
            }
        }
    }

    private func draw(_ weights: inout [Double], _ random: inout SplitMix64) {
        for index in weights.indices { weights[index] = 0 }
        let count = UInt64(weights.count)
        for _ in 0..<weights.count { weights[Int(random.next().multipliedFullWidth(by: count).high)] += 1 }
    }
}
