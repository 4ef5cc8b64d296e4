/// Corrections for looking at many p-values at once. Order is kept; adjusted values are in [0, 1].
package enum MultipleTesting {
    /// Holm's step-down adjustment: comparing with α bounds the chance of *any* false finding by α, whatever
    /// the dependence. S. Holm, Scandinavian Journal of Statistics 6 (1979).
    package static func holm(_ pValues: [Double]) -> [Double] {
        let ascending = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        var adjusted = pValues
        var largest = 0.0
        for (rank, index) in ascending.enumerated() {
            largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
            adjusted[index] = largest
        }
        return adjusted
    }

    /// Benjamini and Hochberg's q-values: comparing with q bounds the expected share of false findings
    /// among the findings. Y. Benjamini and Y. Hochberg, JRSS B 57 (1995).
    package static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
        let descending = pValues.indices.sorted { pValues[$0] > pValues[$1] }
        var adjusted = pValues
        var smallest = 1.0
        for (rank, index) in descending.enumerated() {
            let scale = Double(pValues.count) / Double(pValues.count - rank)
            smallest = min(smallest, scale * pValues[index])
            adjusted[index] = smallest
        }
        return adjusted
    }
}
