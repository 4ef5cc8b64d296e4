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

    package init(_ feature: ReferenceFeature, reference: FeatureSample, pValues: PValues = .asymptotic) {
        (self.feature, self.reference, self.pValues) = (feature, reference, pValues)
    }

    /// The largest sample for which the exact distribution is worth its time.
    static let largestExactSample: UInt64 = 10_000

    package func report(_ window: FeatureSample, effects: EffectSizes = .standard) -> FeatureReport {
        let (measures, primary) =
            switch feature.cells {
            case .numeric(let cells): (numericMeasures(window, cells), "ks")
            case .categorical(let cells): (categoricalMeasures(window, cells), "chi2")
            }
        return FeatureReport(
            name: feature.feature.name, kind: feature.feature.kind, family: feature.feature.family,
            rows: window.profile.rows, missing: window.profile.missing,
            measures: measures.merging(qualityMeasures(window)) { own, _ in own }
                .reduce(into: [:]) { table, measure in
                    table[measure.key] = measure.value
                    table[measure.key]?.threshold = effects.limits[measure.key]?.warning
                },
            primary: primary, histogram: histogram(window))
    }
}

// MARK: - Numbers

extension FeatureComparison {
    private func numericMeasures(_ window: FeatureSample, _ cells: NumericCells) -> [String: MeasureReport] {
        var measures = kolmogorovSmirnov(window)
        if let wasserstein = window.wasserstein(to: reference, cells) {
            measures["wasserstein"] = MeasureReport(
                value: wasserstein.distance / cells.scale, errorBound: wasserstein.errorBound / cells.scale)
        }
        if let bins = feature.bins {
            let (p, q) = (bins.counts(reference.counts), bins.counts(window.counts))
            measures.merge(binnedMeasures(p, q)) { own, _ in own }
        }
        return measures
    }

    private func kolmogorovSmirnov(_ window: FeatureSample) -> [String: MeasureReport] {
        guard let ks = KolmogorovSmirnov(reference: reference.counts, current: window.counts) else {
            return [:]
        }
        let (n, m) = (reference.counts.total, window.counts.total)
        let isExact = pValues == .exact && max(n, m) <= FeatureComparison.largestExactSample
        let pValue = isExact ? ks.exactPValue(Int(n), Int(m)) : ks.asymptoticPValue(n, m)
        return ["ks": MeasureReport(value: ks.statistic, pValue: pValue, errorBound: ks.errorBound)]
    }
}

// MARK: - Categories

extension FeatureComparison {
    private func categoricalMeasures(_ window: FeatureSample, _ cells: CategoryCells) -> [String:
        MeasureReport]
    {
        let table = contingencyTable(window, cells)
        var measures = binnedMeasures(table.reference, table.current)
        if let chiSquared = ChiSquared(table) {
            measures["chi2"] = MeasureReport(value: chiSquared.statistic, pValue: chiSquared.pValue)
            measures["cramers_v"] = MeasureReport(value: chiSquared.cramersV, pValue: chiSquared.pValue)
        }
        return measures
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

// MARK: - Both

extension FeatureComparison {
    private func binnedMeasures(_ p: CellCounts, _ q: CellCounts) -> [String: MeasureReport] {
        guard let distances = BinnedDistances(reference: p, current: q) else { return [:] }
        return [
            "psi": MeasureReport(
                value: distances.populationStabilityIndex,
                pValue: BinnedDistances.stabilityPValue(reference: p, current: q)),
            "js": MeasureReport(value: distances.jensenShannon),
            "hellinger": MeasureReport(value: distances.hellinger),
            "tv": MeasureReport(value: distances.totalVariation),
            "linf": MeasureReport(value: distances.maximumDifference),
        ]
    }

    private func qualityMeasures(_ window: FeatureSample) -> [String: MeasureReport] {
        var measures: [String: MeasureReport] = [:]
        func add(_ name: String, _ increase: RateIncrease?) {
            guard let increase else { return }
            measures[name] = MeasureReport(value: increase.difference, pValue: increase.pValue)
        }
        add(
            "missing_rate",
            RateIncrease(
                reference: (reference.missingCount, reference.profile.rows),
                current: (window.missingCount, window.profile.rows)))
        let (n, m) = (reference.counts.total, window.counts.total)
        switch feature.cells {
        case .numeric:
            add(
                "out_of_range_rate",
                RateIncrease(reference: (0, n), current: (window.countOutside(rangeOf: reference), m)))
        case .categorical(let cells):
            add(
                "unseen_rate",
                RateIncrease(
                    reference: (cells.singletons, n), current: (window.counts.cells[cells.unseenCell], m)))
        }
        return measures
    }
}

// MARK: - Histograms

extension FeatureComparison {
    static let histogramBins = 20

    private func histogram(_ window: FeatureSample) -> Histogram? {
        switch feature.cells {
        case .numeric(let cells): numericHistogram(window, cells)
        case .categorical(let cells): categoricalHistogram(window, cells)
        }
    }

    /// Bins of equal mass in the reference, the last open: their edges are knots, so both sides are exact.
    private func numericHistogram(_ window: FeatureSample, _ cells: NumericCells) -> Histogram? {
        let bins = QuantileBins(
            edgesOf: reference.counts, bins: FeatureComparison.histogramBins)
        return Histogram(
            edges: bins.lastCells.dropLast().map { cells.knots[$0 / 2] }, categories: [],
            reference: shares(bins.counts(reference.counts).cells),
            current: shares(bins.counts(window.counts).cells))
    }

    private func categoricalHistogram(_ window: FeatureSample, _ cells: CategoryCells) -> Histogram {
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
