import Statistics

/// Two tables side by side, both in full: every distinct value of either is a knot, so no measure has an error.
package struct TableComparison: Codable, Sendable {
    package struct Side: Codable, Sendable {
        /// The content hash of the reference that these rows make.
        package var id: String?
        package var rows: UInt64
    }

    package var reference: Side
    package var current: Side
    package var features: [FeatureReport]
    /// Columns of the current table that the reference does not have.
    package var unknownFeatures: [String]

    enum CodingKeys: String, CodingKey {
        case reference, current, features
        case unknownFeatures = "unknown_features"
    }

    package var hasDrifted: Bool { features.contains(where: \.drifted) }

    /// - Parameters:
    ///   - schema: what the columns mean; `nil` infers it from the reference.
    ///   - level: the chance of any feature being called drifted when none is, by Holm over the primary
    ///     measures (KS, χ²) and the rates; what is called drifted is also large (`EffectSizes`).
    /// - Throws: `ReferenceError` when the reference has no rows, or a feature without a value.
    package init(
        reference: [RowBatch], current: [RowBatch], schema: ModelSchema?, level: Double = 0.05,
        effects: EffectSizes = .standard
    ) throws(ReferenceError) {
        var builder = ReferenceBuilder(schema: schema, options: .init())
        for batch in reference { builder.add(batch) }
        let built = try builder.build()
        let features = TableComparison.pooledFeatures(built, reference, current)
        self.init(
            id: built.id, features: features, reference: count(reference, features).profile,
            current: count(current, features), level: level, effects: effects)
    }

    /// Compares a table with a reference file; measures are as exact as the reference's knots.
    package init(
        reference: Reference, current: [RowBatch], level: Double = 0.05, effects: EffectSizes = .standard
    ) {
        self.init(
            id: reference.id, features: reference.features, reference: reference.profile,
            current: count(current, reference.features), level: level, effects: effects)
    }

    /// Compares the rows that two references were made of. Each counts its rows over its own cells: where a number has
    /// more distinct values than its reference has knots, those between two knots count as spread evenly.
    package init(
        reference: Reference, current: Reference, level: Double = 0.05, effects: EffectSizes = .standard
    ) {
        let recounted = RecountedReferences(reference, current)
        self.init(
            id: reference.id, features: recounted.features, reference: recounted.reference,
            current: (recounted.current, recounted.unknown), level: level, effects: effects)
        self.current.id = current.id
    }

    private init(
        id: String, features: [ReferenceFeature], reference: Profile,
        current: (profile: Profile, unknown: [String]), level: Double, effects: EffectSizes
    ) {
        let reports = features.indices.map { index in
            let cells = features[index].cells
            let comparison = FeatureComparison(
                features[index], reference: FeatureSample(reference.features[index], cells: cells),
                pValues: .exact)
            var report = comparison.report(
                FeatureSample(current.profile.features[index], cells: cells), effects: effects)
            (report.histogram, report.detail) = (nil, nil)
            return report
        }
        self.reference = Side(id: id, rows: reference.rows)
        self.current = Side(rows: current.profile.rows)
        unknownFeatures = current.unknown
        self.features = withQValues(reports)
        let judgement = WindowJudge(independentRowsAt: level, effects: effects).judge([], self.features)
        for finding in judgement.findings { self.features[finding.feature].drifted = true }
    }

    /// The reference's features with cells of all values of both tables.
    private static func pooledFeatures(
        _ built: Reference, _ reference: [RowBatch], _ current: [RowBatch]
    ) -> [ReferenceFeature] {
        let monitored = built.features.map(\.feature)
        let pooled = FeatureValues.collect(monitored, from: reference + current)
        let cells = zip(built.features, pooled).map { feature, values -> FeatureCells in
            guard case .numeric(let cells) = feature.cells, case .numbers(let values) = values else {
                return feature.cells
            }
            return .numeric(NumericCells(knots: Knots(distinct: values), scale: cells.scale))
        }
        let plain = zip(monitored, cells).map { feature, cells in
            ReferenceFeature(feature: feature, cells: cells, counts: CellCounts(zeros: cells.cellCount))
        }
        return zip(plain, count(reference, plain).profile.features).map { feature, profile in
            ReferenceFeature(
                feature: feature.feature, cells: feature.cells,
                counts: profile.cells.unpacked(cellCount: feature.cells.cellCount))
        }
    }
}

private func count(
    _ batches: [RowBatch], _ features: [ReferenceFeature]
) -> (profile: Profile, unknown: [String]) {
    var tally = ProfileTally(features: features)
    var layout = ColumnLayout(features: features.map(\.feature))
    for batch in batches {
        layout.fit(batch)
        tally.add(batch, rows: 0..<batch.count, layout: layout)
    }
    return (tally.result, layout.unknown)
}

extension Knots {
    init(distinct values: [Double]) {
        let sorted = values.sorted()
        self.init(
            ascending: sorted.indices.filter { $0 == 0 || sorted[$0 - 1] < sorted[$0] }.map { sorted[$0] })
    }
}
