/// What scores promised beside what came, in bins; and how far apart the two are.
package struct CalibrationCurve: Codable, Equatable, Sendable {
    package enum Binning: Equatable, Sendable {
        /// Edges at the scores' own quantiles, linear between order statistics, so that bins hold about equally many.
        case equalMass(Int)
        /// Edges at i/B.
        case equalWidth(Int)
    }

    /// Scores in (lower edge, upper edge]; a score on an edge belongs to the bin on its left.
    package struct Bin: Codable, Equatable, Sendable {
        package var rows: Int
        package var meanScore: Double
        package var positiveRate: Double

        package enum CodingKeys: String, CodingKey {
            case rows
            case meanScore = "mean_score"
            case positiveRate = "positive_rate"
        }
    }

    /// Those that hold a score, by score.
    package let bins: [Bin]

    package init(_ rows: [BinaryOutcomes.Scored], _ binning: Binning = .equalMass(10)) {
        self.init(ascending: rows.sortedByScore(), binning)
    }

    init(ascending rows: [BinaryOutcomes.Scored], _ binning: Binning) {
        let edges = binning.innerEdges(ascending: rows)
        var bins: [Bin] = []
        var (bin, start) = (0, 0)
        func close(at end: Int) {
            guard end > start else { return }
            bins.append(Bin(rows[start..<end]))
            start = end
        }
        for (index, row) in rows.enumerated() where bin < edges.count && row.score > edges[bin] {
            close(at: index)
            while bin < edges.count, row.score > edges[bin] { bin += 1 }
        }
        close(at: rows.count)
        self.bins = bins
    }

    private var rows: Double { Double(bins.reduce(0) { $0 + $1.rows }) }

    /// The expected calibration error: Σ (rows/N)·|positive rate − mean score|. C. Guo et al., "On Calibration of
    /// Modern Neural Networks", ICML 2017. `nil` without rows.
    package var error: Double? {
        guard !bins.isEmpty else { return nil }
        return bins.reduce(0) { $0 + Double($1.rows) * abs($1.positiveRate - $1.meanScore) } / rows
    }

    /// With an interval for the error of the bins' true rates.
    ///
    /// Noise adds to a sum of absolute gaps and never takes away: a gap of deviation σ looks larger than it is by at
    /// most σ√(2/π), its bias when there is none. The lower end therefore gives back Σ wσ√(2/π) before it goes z
    /// standard errors further, √(Σ w²σ²): the interval holds at least its confidence, and few rows prove nothing.
    /// σ² is that of a rate, (k + 2)/(n + 4) as A. Agresti and B. A. Coull have it (1998).
    func estimate(z: Double) -> IntervalEstimate? {
        guard let error else { return nil }
        let deviations = bins.map { (weight: Double($0.rows) / rows, deviation: $0.deviation) }
        let bias = deviations.reduce(0) { $0 + $1.weight * $1.deviation } * (2 / Double.pi).squareRoot()
        let margin =
            z
            * deviations.reduce(0) {
                $0 + $1.weight * $1.weight * $1.deviation * $1.deviation
            }.squareRoot()
        return IntervalEstimate(error, lower: max(0, error - bias - margin), upper: min(1, error + margin))
    }
}

extension CalibrationCurve.Bin {
    fileprivate init(_ rows: ArraySlice<BinaryOutcomes.Scored>) {
        let n = Double(rows.count)
        self.init(
            rows: rows.count, meanScore: rows.reduce(0) { $0 + $1.score.clampedToUnit } / n,
            positiveRate: rows.reduce(0) { $0 + $1.positive } / n)
    }

    fileprivate var deviation: Double {
        let n = Double(rows)
        let rate = (positiveRate * n + 2) / (n + 4)
        return (rate * (1 - rate) / n).squareRoot()
    }
}

extension CalibrationCurve.Binning {
    func innerEdges(ascending rows: [BinaryOutcomes.Scored]) -> [Double] {
        switch self {
        case .equalWidth(let count): (1..<count).map { Double($0) * (1 / Double(count)) }
        case .equalMass(let count):
            rows.isEmpty
                ? []
                : (1..<count).map { i in
                    let (rank, rest) = (i * (rows.count - 1)).quotientAndRemainder(dividingBy: count)
                    guard rest > 0 else { return rows[rank].score }
                    let (low, high) = (rows[rank].score, rows[rank + 1].score)
                    return low + (high - low) * Double(rest) / Double(count)
                }
        }
    }
}

extension Double {
    /// A probability but for rounding.
    var clampedToUnit: Double { Swift.min(1, Swift.max(0, self)) }
}
