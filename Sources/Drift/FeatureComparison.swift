import Statistics

/// Measures one feature of a window against its reference: every measure that applies to its kind.
package struct FeatureComparison {
    package enum PValues: Sendable {
        /// scipy's asymptotic distribution.
        case asymptotic
        /// The exact one where neither side has more than 10,000 values.
        case exact
    }

    package let feature: ReferenceFeature
    package let reference: FeatureSample
    package let pValues: PValues
    private let numbers: ReferenceNumbers?

    package init(_ feature: ReferenceFeature, reference: FeatureSample, pValues: PValues = .asymptotic) {
        (self.feature, self.reference, self.pValues) = (feature, reference, pValues)
        numbers = ReferenceNumbers(feature, reference)
    }

    /// The largest sample for which the exact distribution is worth its time.
    static let largestExactSample: UInt64 = 10_000

    package func report(_ window: FeatureSample, effects: EffectSizes = .standard) -> FeatureReport {
        var measures = MeasureTable(limits: effects.limits)
        measures.add(
            "missing_rate",
            RateIncrease(
                reference: (reference.missingCount, reference.profile.rows),
                current: (window.missingCount, window.profile.rows)))
        var detail = FeatureDetail(reference: reference, window: window)
        let histogram =
            switch feature.cells {
            case .numeric(let cells): measureNumbers(window, cells, &measures, &detail)
            case .categorical(let cells): measureCategories(window, cells, &measures, &detail)
            }
        return FeatureReport(
            name: feature.feature.name, kind: feature.feature.kind, family: feature.feature.family,
            rows: window.profile.rows, missing: window.profile.missing, measures: measures.reports,
            primary: numbers == nil ? "chi2" : "ks", histogram: histogram, detail: detail)
    }
}

/// Measures by name, each with its threshold.
private struct MeasureTable {
    let limits: [String: EffectSizes.Limits]
    private(set) var reports: [String: MeasureReport] = Dictionary(minimumCapacity: 12)

    mutating func add(_ name: String, _ value: Double, pValue: Double? = nil, errorBound: Double? = nil) {
        reports[name] = MeasureReport(
            value: value, pValue: pValue, errorBound: errorBound, threshold: limits[name]?.warning)
    }

    mutating func add(_ name: String, _ increase: RateIncrease?) {
        guard let increase else { return }
        add(name, increase.difference, pValue: increase.pValue)
    }

    mutating func addDistances(_ p: CellCounts, _ q: CellCounts) {
        guard let distances = BinnedDistances(reference: p, current: q) else { return }
        add(
            "psi", distances.populationStabilityIndex,
            pValue: BinnedDistances.stabilityPValue(reference: p, current: q))
        add("js", distances.jensenShannon)
        add("hellinger", distances.hellinger)
        add("tv", distances.totalVariation)
        add("linf", distances.maximumDifference)
    }
}

// MARK: - Numbers

/// What comparing numbers asks of the reference again and again.
private struct ReferenceNumbers {
    let counts: CumulativeCounts
    let wasserstein: Wasserstein.Sample
    let binned: CellCounts?
    /// The cells from its smallest to its largest value.
    let range: ClosedRange<Int>?
    /// Bins of equal mass, the last open: their edges are knots, so both sides of a histogram are exact.
    let drawn: QuantileBins
    let drawnShares: [Double]

    init?(_ feature: ReferenceFeature, _ reference: FeatureSample) {
        guard case .numeric(let cells) = feature.cells else { return nil }
        counts = CumulativeCounts(reference.counts)
        wasserstein = reference.profile.wassersteinSample(counts, cells)
        binned = feature.bins?.counts(counts)
        range = counts.filledCells
        drawn = QuantileBins(edgesOf: reference.counts, bins: FeatureComparison.histogramBins)
        drawnShares = shares(drawn.counts(counts).cells)
    }

    /// Values below the smallest or above the largest of the reference, as far as its cells tell.
    func countOutside(_ window: CumulativeCounts) -> UInt64 {
        range.map { window.total - UInt64(window.count(in: $0)) } ?? 0
    }
}

extension FeatureComparison {
    private func measureNumbers(
        _ window: FeatureSample, _ cells: NumericCells, _ measures: inout MeasureTable,
        _ detail: inout FeatureDetail
    ) -> Histogram? {
        guard let numbers else { return nil }
        let counts = CumulativeCounts(window.counts)
        if let ks = KolmogorovSmirnov(reference: numbers.counts, current: counts) {
            measures.add("ks", ks.statistic, pValue: pValue(ks, counts.total), errorBound: ks.errorBound)
            detail.note(ks.place(reference: numbers.counts, current: counts), cells.knots)
        }
        let sample = window.profile.wassersteinSample(counts, cells)
        if let wasserstein = Wasserstein(sample, numbers.wasserstein, knots: cells.knots) {
            measures.add(
                "wasserstein", wasserstein.distance / cells.scale,
                errorBound: wasserstein.errorBound / cells.scale)
        }
        if let bins = feature.bins, let binned = numbers.binned {
            let current = bins.counts(counts)
            measures.addDistances(binned, current)
            detail.stability = StabilityBins(
                edges: bins.lastCells.dropLast().map { cells.knots[$0 / 2] }, reference: binned,
                current: current)
        }
        measures.add(
            "out_of_range_rate",
            RateIncrease(
                reference: (0, numbers.counts.total), current: (numbers.countOutside(counts), counts.total)))
        return Histogram(
            edges: numbers.drawn.lastCells.dropLast().map { cells.knots[$0 / 2] }, categories: [],
            reference: numbers.drawnShares, current: shares(numbers.drawn.counts(counts).cells))
    }

    private func pValue(_ ks: KolmogorovSmirnov, _ m: UInt64) -> Double {
        let n = reference.counts.total
        let isExact = pValues == .exact && max(n, m) <= FeatureComparison.largestExactSample
        return isExact ? ks.exactPValue(Int(n), Int(m)) : ks.asymptoticPValue(n, m)
    }
}

// MARK: - Categories

extension FeatureComparison {
    private func measureCategories(
        _ window: FeatureSample, _ cells: CategoryCells, _ measures: inout MeasureTable,
        _ detail: inout FeatureDetail
    ) -> Histogram {
        let table = contingencyTable(window, cells)
        measures.addDistances(table.reference, table.current)
        detail.stability = StabilityBins(table, categories: cells.categories)
        if let chiSquared = ChiSquared(table) {
            measures.add("chi2", chiSquared.statistic, pValue: chiSquared.pValue)
            measures.add("cramers_v", chiSquared.cramersV, pValue: chiSquared.pValue)
        }
        measures.add(
            "unseen_rate",
            RateIncrease(
                reference: (cells.singletons, reference.counts.total),
                current: (window.counts.cells[cells.unseenCell], window.counts.total)))
        return histogram(window, cells)
    }

    private func contingencyTable(_ window: FeatureSample, _ cells: CategoryCells) -> ContingencyTable {
        func rest(_ sample: FeatureSample) -> UInt64 {
            sample.counts.cells[cells.otherCell] + sample.counts.cells[cells.unseenCell]
        }
        let kept = 0..<cells.categories.count
        return ContingencyTable(
            reference: Array(reference.counts.cells[kept]), current: Array(window.counts.cells[kept]),
            rest: (rest(reference), rest(window)))
    }
}

// MARK: - Histograms

extension FeatureComparison {
    static let histogramBins = 20

    private func histogram(_ window: FeatureSample, _ cells: CategoryCells) -> Histogram {
        let shown = min(cells.categories.count, FeatureComparison.histogramBins - 2)
        func grouped(_ sample: FeatureSample) -> [UInt64] {
            let counts = sample.counts.cells
            return counts[..<shown] + [
                counts[shown..<cells.unseenCell].reduce(0, +), counts[cells.unseenCell],
            ]
        }
        return Histogram(
            edges: [], categories: cells.categories[..<shown] + ["(other)", "(unseen)"],
            reference: shares(grouped(reference)), current: shares(grouped(window)))
    }
}

private func shares(_ counts: [UInt64]) -> [Double] {
    let total = counts.reduce(0, +)
    return counts.map { total == 0 ? 0 : Double($0) / Double(total) }
}
