import Statistics

/// What it takes to see how a feature's measures in a window came about, without the counts they were made from.
package struct FeatureDetail: Codable, Equatable, Sendable {
    /// Values that were counted: neither missing nor NaN.
    package var values: UInt64
    package var notANumber: UInt64
    /// The smallest and the largest finite value.
    package var minimum: Double?
    package var maximum: Double?
    package var referenceValues: UInt64
    /// Missing or NaN.
    package var referenceMissing: UInt64
    package var referenceMinimum: Double?
    package var referenceMaximum: Double?
    /// The value up to which, inclusive, the distribution functions differ by KS's D. Numbers only.
    package var furthestApart: Double?
    /// They differ by D just below that value, and not at it.
    package var isFurthestBelow: Bool?
    package var stability: StabilityBins?

    package enum CodingKeys: String, CodingKey {
        case values, minimum, maximum, stability
        case notANumber = "nan"
        case referenceValues = "reference_values"
        case referenceMissing = "reference_missing"
        case referenceMinimum = "reference_minimum"
        case referenceMaximum = "reference_maximum"
        case furthestApart = "furthest_apart"
        case isFurthestBelow = "furthest_apart_below"
    }

    init(reference: FeatureSample, window: FeatureSample) {
        (values, notANumber) = (window.valueCount, window.profile.notANumber)
        (minimum, maximum) = (window.profile.minimum, window.profile.maximum)
        (referenceValues, referenceMissing) = (reference.valueCount, reference.missingCount)
        (referenceMinimum, referenceMaximum) = (reference.profile.minimum, reference.profile.maximum)
    }

    mutating func note(_ place: KolmogorovSmirnov.Place?, _ knots: Knots) {
        guard let place else { return }
        (furthestApart, isFurthestBelow) = (knots[place.knot].clampedToFinite, place.isBelow)
    }
}

/// The bins of the population stability index, and what each adds to it.
package struct StabilityBins: Codable, Equatable, Sendable {
    /// Numeric: the upper edge of each bin but the last, which is open. Empty for categories.
    package var edges: [Double]
    /// Categorical: those with the largest terms, the largest first; `(rest)` stands for all others. Empty for numbers.
    package var categories: [String]
    /// Counts.
    package var reference: [UInt64]
    package var current: [UInt64]
    /// They add up to the index.
    package var terms: [Double]

    init(edges: [Double], reference: CellCounts, current: CellCounts) {
        (self.edges, categories) = (edges.map(\.clampedToFinite), [])
        (self.reference, self.current) = (reference.cells, current.cells)
        terms = BinnedDistances.stabilityTerms(reference: reference, current: current)
    }

    /// Categories that are shown by themselves.
    static let shownCategories = 20

    init(_ table: ContingencyTable, categories: [String]) {
        let all = BinnedDistances.stabilityTerms(reference: table.reference, current: table.current)
        let shown = table.categories.indices.filter { table.categories[$0] != nil }
            .sorted { (all[$1], $0) < (all[$0], $1) }.prefix(StabilityBins.shownCategories)
        let rest = Set(all.indices).subtracting(shown).sorted()
        func gathered<Number: AdditiveArithmetic>(_ values: [Number]) -> [Number] {
            let own = shown.map { values[$0] }
            return rest.isEmpty ? own : own + [rest.reduce(.zero) { $0 + values[$1] }]
        }
        let names = shown.compactMap { table.categories[$0].map { categories[$0] } }
        (edges, self.categories) = ([], rest.isEmpty ? names : names + ["(rest)"])
        (reference, current) = (gathered(table.reference.cells), gathered(table.current.cells))
        terms = gathered(all)
    }
}
