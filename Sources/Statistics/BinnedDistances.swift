import Glibc

/// Distances between two samples counted in the same bins or categories.
///
/// Every one is 0 for equal shares. All are `nil` when either sample is empty.
package struct BinnedDistances: Equatable, Sendable {
    /// The population stability index Σ (q − p) ln(q/p) ≥ 0; the share of a bin that only one side fills is
    /// floored at 10⁻⁴ on the other, without renormalising. S. Siddiqi, "Credit Risk Scorecards" (2006).
    package var populationStabilityIndex: Double
    /// The Jensen–Shannon distance to base 2, in [0, 1]: the root of the divergence,
    /// `scipy.spatial.distance.jensenshannon(base=2)`.
    package var jensenShannon: Double
    /// √(½ Σ (√p − √q)²), in [0, 1].
    package var hellinger: Double
    /// ½ Σ |p − q|, in [0, 1]: the share of rows that would have to move.
    package var totalVariation: Double
    /// max |p − q|, in [0, 1]: the L∞ distance of TensorFlow Data Validation.
    package var maximumDifference: Double

    package static let floor = 1e-4

    package init?(reference: CellCounts, current: CellCounts) {
        guard reference.total > 0, current.total > 0 else { return nil }
        let (pUnit, qUnit) = (1 / Double(reference.total), 1 / Double(current.total))
        var (psi, divergence, squares, absolute, largest) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for (r, w) in zip(reference.cells, current.cells) where r > 0 || w > 0 {
            let (p, q) = (Double(r) * pUnit, Double(w) * qUnit)
            psi += stabilityTerm(p, q)
            divergence += halfDivergence(p, q) + halfDivergence(q, p)
            squares += (p.squareRoot() - q.squareRoot()) * (p.squareRoot() - q.squareRoot())
            absolute += abs(p - q)
            largest = max(largest, abs(p - q))
        }
        populationStabilityIndex = psi
        jensenShannon = min(1, max(0, divergence / (2 * log(2))).squareRoot())
        hellinger = min(1, (squares / 2).squareRoot())
        totalVariation = min(1, absolute / 2)
        maximumDifference = min(1, largest)
    }

    /// What each bin adds to the population stability index, ≥ 0; a bin that both leave empty adds nothing.
    package static func stabilityTerms(reference: CellCounts, current: CellCounts) -> [Double] {
        let (n, m) = (Double(max(1, reference.total)), Double(max(1, current.total)))
        return zip(reference.cells, current.cells).map { r, w in
            r == 0 && w == 0 ? 0 : stabilityTerm(Double(r) / n, Double(w) / m)
        }
    }

    /// The chance of an index as large under no drift: the index of the smoothed shares (c + ½)/(n + B/2),
    /// over 1/n + 1/m, is about χ² with B − 1 degrees of freedom. Bins that both leave empty do not count.
    package static func stabilityPValue(reference: CellCounts, current: CellCounts) -> Double? {
        guard reference.total > 0, current.total > 0 else { return nil }
        let bins = zip(reference.cells, current.cells).filter { $0 > 0 || $1 > 0 }
        guard bins.count > 1 else { return 1 }
        let (n, m) = (Double(reference.total), Double(current.total))
        let prior = Double(bins.count) / 2
        let index = bins.reduce(0.0) { sum, bin in
            sum + stabilityTerm((Double(bin.0) + 0.5) / (n + prior), (Double(bin.1) + 0.5) / (m + prior))
        }
        return chiSquaredSurvival(index / (1 / n + 1 / m), degreesOfFreedom: bins.count - 1)
    }
}

private func stabilityTerm(_ p: Double, _ q: Double) -> Double {
    let (p, q) = (p == 0 ? BinnedDistances.floor : p, q == 0 ? BinnedDistances.floor : q)
    return (q - p) * log(q / p)
}

/// p ln(p / ½(p + q)).
private func halfDivergence(_ p: Double, _ q: Double) -> Double {
    p == 0 ? 0 : p * log(2 * p / (p + q))
}
