/// A figure of rows in clusters that can be had again with each cluster counted any number of times.
package protocol ClusterStatistic: Sendable {
    var clusterCount: Int { get }

    /// The figure of rows that are counted as often as their cluster.
    ///
    /// - Parameter weights: whole numbers from 0 on, one a cluster.
    /// - Returns: `nil` where it is undefined: no row, no positive.
    func value(_ weights: [Double]) -> Double?

    /// The figure of all rows but those of a cluster, for every cluster in turn.
    func leavingOutEach() -> [Double?]
}

extension ClusterStatistic {
    /// The figure of all rows.
    package var value: Double? { value([Double](repeating: 1, count: clusterCount)) }
}
