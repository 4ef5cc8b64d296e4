/// A figure that follows from sums over rows: a mean, a rate, an error of calibration. Each cluster keeps its sums, so
/// that a replicate costs as much as there are clusters, not rows.
package struct ClusterTotals: ClusterStatistic {
    package let clusterCount: Int
    /// Cluster after cluster, `width` sums each.
    private let totals: [Double]
    private let width: Int
    private let figure: @Sendable (_ sums: [Double]) -> Double?

    /// - Parameters:
    ///   - width: how many sums there are.
    ///   - addRow: what a row adds to which of the sums.
    ///   - figure: of the sums; `nil` where it is undefined.
    init(
        _ clusters: Clusters, width: Int,
        addRow: (_ row: Int, _ add: (_ sum: Int, _ term: Double) -> Void) -> Void,
        figure: @escaping @Sendable (_ sums: [Double]) -> Double?
    ) {
        var totals = [Double](repeating: 0, count: clusters.count * width)
        for (row, cluster) in clusters.indices.enumerated() {
            addRow(row) { totals[cluster * width + $0] += $1 }
        }
        (clusterCount, self.totals, self.width, self.figure) = (clusters.count, totals, width, figure)
    }

    package func value(_ weights: [Double]) -> Double? { figure(sums(weights)) }

    package func leavingOutEach() -> [Double?] {
        let all = sums([Double](repeating: 1, count: clusterCount))
        return (0..<clusterCount).map { cluster in
            figure(all.indices.map { all[$0] - totals[cluster * width + $0] })
        }
    }

    private func sums(_ weights: [Double]) -> [Double] {
        var sums = [Double](repeating: 0, count: width)
        addTotals(totals.span, weights: weights.span, to: &sums)
        return sums
    }
}

private func addTotals(_ totals: Span<Double>, weights: Span<Double>, to sums: inout [Double]) {
    let width = sums.count
    for cluster in weights.indices where weights[cluster] != 0 {
        for sum in 0..<width { sums[sum] += weights[cluster] * totals[cluster * width + sum] }
    }
}

// MARK: - The measures

extension ClusterTotals {
    /// Σ numerator / Σ denominator, under an increasing transformation; `nil` where the denominator is 0.
    static func ratio(
        _ clusters: Clusters, _ transform: @escaping @Sendable (Double) -> Double = { $0 },
        _ terms: (_ row: Int) -> (numerator: Double, denominator: Double)
    ) -> ClusterTotals {
        ClusterTotals(clusters, width: 2) { row, add in
            let (numerator, denominator) = terms(row)
            add(0, numerator)
            add(1, denominator)
        } figure: {
            $0[1] > 0 ? transform($0[0] / $0[1]) : nil
        }
    }

    /// The mean of a value a row.
    package static func mean(_ values: [Double], _ clusters: Clusters) -> ClusterTotals {
        ratio(clusters) { (values[$0], 1) }
    }

    /// A binary classifier's measure; those that need decisions take a score from `threshold` on for a 1.
    ///
    /// - Returns: `nil` for AUC, which is no figure of sums, and for measures of other tasks.
    package static func binary(
        _ metric: PerformanceMetric, _ rows: [BinaryOutcomes.Scored], threshold: Double, _ clusters: Clusters
    ) -> ClusterTotals? {
        func rate(_ terms: (_ isPositive: Bool, _ isPredicted: Bool) -> (Double, Double)) -> ClusterTotals {
            ratio(clusters) { terms(rows[$0].positive == 1, rows[$0].score >= threshold) }
        }
        return switch metric {
        case .logLoss: ratio(clusters) { (rows[$0].logLoss, 1) }
        case .brier: ratio(clusters) { (rows[$0].squaredError, 1) }
        case .accuracy: rate { ($0 == $1 ? 1 : 0, 1) }
        case .precision: rate { ($0 && $1 ? 1 : 0, $1 ? 1 : 0) }
        case .recall: rate { ($0 && $1 ? 1 : 0, $0 ? 1 : 0) }
        case .f1: rate { ($0 && $1 ? 2 : 0, ($0 ? 1 : 0) + ($1 ? 1 : 0)) }
        case .calibrationError: calibrationError(rows, clusters)
        case .auc, .macroF1, .rmse, .mae: nil
        }
    }

    /// The expected calibration error of `CalibrationCurve`, in bins whose edges stay those of the rows as they are.
    private static func calibrationError(
        _ rows: [BinaryOutcomes.Scored], _ clusters: Clusters
    ) -> ClusterTotals {
        let edges = CalibrationCurve.Binning.equalMass(10).innerEdges(ascending: rows.sortedByScore())
        let bins = edges.count + 1
        return ClusterTotals(clusters, width: bins + 1) { row, add in
            let (score, positive) = (rows[row].score, rows[row].positive)
            add(edges.count { $0 < score }, positive - score.clampedToUnit)
            add(bins, 1)
        } figure: { sums in
            sums[bins] > 0 ? sums[..<bins].reduce(0) { $0 + abs($1) } / sums[bins] : nil
        }
    }

    /// A regression's measure of predictions less truths.
    ///
    /// - Returns: `nil` for measures of other tasks.
    package static func regression(
        _ metric: PerformanceMetric, errors: [Double], _ clusters: Clusters
    ) -> ClusterTotals? {
        switch metric {
        case .rmse: ratio(clusters, { $0.squareRoot() }) { (errors[$0] * errors[$0], 1) }
        case .mae: ratio(clusters) { (abs(errors[$0]), 1) }
        default: nil
        }
    }

    /// A multiclass classifier's measure.
    ///
    /// - Parameters:
    ///   - truths: classes, in 0..<`classes`.
    ///   - decisions: as many, of the same classes.
    /// - Returns: `nil` for measures of other tasks.
    package static func multiclass(
        _ metric: PerformanceMetric, truths: [Int], decisions: [Int], classes: Int, _ clusters: Clusters
    ) -> ClusterTotals? {
        switch metric {
        case .accuracy: ratio(clusters) { (truths[$0] == decisions[$0] ? 1 : 0, 1) }
        case .macroF1: macroF1(truths, decisions, classes, clusters)
        default: nil
        }
    }

    /// The mean of 2TP/(true + predicted) over every class that was true or predicted.
    private static func macroF1(
        _ truths: [Int], _ decisions: [Int], _ classes: Int, _ clusters: Clusters
    ) -> ClusterTotals {
        ClusterTotals(clusters, width: 2 * classes) { row, add in
            if truths[row] == decisions[row] { add(truths[row], 2) }
            add(classes + truths[row], 1)
            add(classes + decisions[row], 1)
        } figure: { sums in
            let present = (0..<classes).filter { sums[classes + $0] > 0 }
            let total = present.reduce(0.0) { $0 + sums[$1] / sums[classes + $1] }
            return present.isEmpty ? nil : total / Double(present.count)
        }
    }
}
