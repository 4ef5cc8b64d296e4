import Statistics

/// Makes a reference of rows: chooses the cells, counts the rows into them, and cuts them into blocks.
///
/// The rows are kept until `build()`; a reference of 300,000 rows of 20 features takes about 60 MB.
package struct ReferenceBuilder: Sendable {
    package struct Options: Sendable {
        /// At most so many knots a number; `nil` keeps every distinct value.
        package var knotBudget: Int? = 4095
        package var maximumCategories = 1000
        package var modelVersion: String?
        /// The length of a window, to cut the reference into blocks of; `nil` for none.
        package var blockLength: WindowLength?
        /// Where blocks of time begin, after the epoch.
        package var blockOffsetNanoseconds: Int64 = 0
        /// Of every interval of the performance.
        package var confidence = 0.95

        package init() {}
    }

    private let schema: ModelSchema?
    private let options: Options
    private var batches: [RowBatch] = []
    /// Rows that tell how well the model does, where those are others.
    private var outcomes: [RowBatch]?
    private var inputs = 0
    private var answers = 0

    /// - Parameter schema: what the columns mean; `nil` infers it from the first batch.
    package init(schema: ModelSchema?, options: Options) {
        (self.schema, self.options) = (schema, options)
    }

    package mutating func add(_ batch: RowBatch) {
        batches.append(batch)
        if batch.parts.contains(.features) { inputs += batch.count }
        if batch.parts.contains(.predictions) { answers += batch.count }
    }

    /// Rows with answers and labels by which the model's performance is to be measured, instead of the reference's own:
    /// on rows that it was trained on a model does better than it ever will again.
    package mutating func measurePerformance(on batch: RowBatch) { outcomes = (outcomes ?? []) + [batch] }

    /// A model whose inputs are not known has as many rows as answers.
    package var rows: Int { max(inputs, answers) }

    /// - Throws: `ReferenceError` when there are no rows, or a declared feature has no value in any of them.
    package func build() throws(ReferenceError) -> Reference {
        guard rows > 0 else { throw .noRows }
        let schema = schema ?? ModelSchema(inferredFrom: batches)
        let monitored = schema.monitored
        let collected = FeatureValues.collect(monitored, from: batches)
        for (feature, values) in zip(monitored, collected) where values.isEmpty {
            throw .noValues(feature: feature.name)
        }
        let cells = zip(monitored, collected).map { feature, values in makeCells(feature, values) }
        return fill(schema, monitored, cells)
    }

    // MARK: Counting

    private func fill(_ schema: ModelSchema, _ monitored: [MonitoredFeature], _ cells: [FeatureCells])
        -> Reference
    {
        let plain = zip(monitored, cells).map { feature, cells in
            ReferenceFeature(feature: feature, cells: cells, counts: CellCounts(zeros: cells.cellCount))
        }
        var reference = Reference(
            id: "", modelVersion: options.modelVersion, schema: schema, features: plain, blocks: nil)
        reference.profile = count(reference)
        reference.features = zip(plain, reference.profile.features).map { feature, profile in
            ReferenceFeature(
                feature: feature.feature, cells: feature.cells,
                counts: profile.cells.unpacked(cellCount: feature.cells.cellCount))
        }
        reference.blocks = options.blockLength.flatMap { cutIntoBlocks(reference, $0) }
        reference.performance = performance(schema)
        reference.seal()
        return reference
    }

    private func count(_ reference: Reference) -> Profile {
        var tally = ProfileTally(reference: reference)
        var layout = ColumnLayout(features: reference.features.map(\.feature))
        for batch in batches {
            layout.fit(batch)
            tally.add(batch, rows: 0..<batch.count, layout: layout)
        }
        return tally.result
    }

    private func performance(_ schema: ModelSchema) -> ReferencePerformance? {
        guard let scoring = AnswerScoring(schema) else { return nil }
        var tally = PerformanceTally(scoring)
        for batch in outcomes ?? batches { tally.add(batch, schema: schema) }
        return tally.reference(confidence: options.confidence)
    }

    // MARK: Blocks

    private func cutIntoBlocks(_ reference: Reference, _ length: WindowLength) -> ReferenceBlocks? {
        let offset = options.blockOffsetNanoseconds
        var cutter = BlockCutter(reference: reference, length: length, offsetNanoseconds: offset)
        for batch in batches { cutter.add(batch) }
        let blocks = cutter.finish()
        return blocks.isEmpty
            ? nil : ReferenceBlocks(length: length, offsetNanoseconds: offset, blocks: blocks)
    }

    // MARK: Cells

    private func makeCells(_ feature: MonitoredFeature, _ values: FeatureValues) -> FeatureCells {
        switch values {
        case .numbers(let values): .numeric(NumericCells(of: values, budget: options.knotBudget))
        case .categories(let counts):
            .categorical(CategoryCells(of: counts, keeping: options.maximumCategories))
        }
    }
}

extension NumericCells {
    /// Knots of all distinct values, or, when those exceed the budget, of the outermost values and the order
    /// statistics ⌈jn/q⌉ between them, so that no open cell holds more than 1/q of the values.
    package init(of values: [Double], budget: Int?) {
        let sorted = values.sorted()
        let finite = sorted.filter(\.isFinite)
        let distinct = Knots(distinct: sorted)
        var knots = distinct
        if let budget, distinct.count > budget {
            let quantiles = max(1, budget - 3)
            let order = (1...quantiles).map { sorted[($0 * sorted.count + quantiles - 1) / quantiles - 1] }
            knots = Knots(distinct: order + [sorted[0]] + [finite.first, finite.last].compactMap(\.self))
        }
        self.init(knots: knots, scale: NumericCells.robustDeviation(finite))
    }

    /// The standard deviation, or where a few values dominate it the interquartile range/1.349; 1 when the
    /// values do not vary. In order of size, so that the order of arrival does not show.
    private static func robustDeviation(_ sorted: [Double]) -> Double {
        guard sorted.count > 1 else { return 1 }
        let count = Double(sorted.count)
        let mean = sorted.reduce(0) { $0 + $1 / count }
        let deviation = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) / count }.squareRoot()
        let quartiles = (sorted[sorted.count / 4], sorted[3 * sorted.count / 4])
        let robust = (quartiles.1 - quartiles.0) / 1.349
        if robust > 0, robust.isFinite, !deviation.isFinite || deviation > 10 * robust { return robust }
        return deviation > 0 && deviation.isFinite ? deviation : 1
    }
}

extension CategoryCells {
    /// Keeps the most frequent categories; of the others only hashes, so that they are not taken for new.
    package init(of counts: [String: UInt64], keeping maximum: Int) {
        let ranked = counts.sorted { a, b in
            a.value != b.value ? a.value > b.value : a.key.utf8.lexicographicallyPrecedes(b.key.utf8)
        }
        self.init(
            categories: ranked.prefix(maximum).map(\.key),
            foldedHashes: ranked.dropFirst(maximum).map { stableHash(Array($0.key.utf8).span) }.sorted(),
            singletons: UInt64(counts.values.count { $0 == 1 }))
    }
}

extension ModelSchema {
    /// Numbers are numeric, truth values boolean, text categorical; one column of predictions is a class when it holds
    /// text, and when it holds numbers a score, or a value where one of the labels is a number but 0 and 1.
    package init(inferredFrom batches: [RowBatch]) {
        var seen: Set<String> = []
        let columns = batches.flatMap(\.columns).filter {
            seen.insert("\($0.part.rawValue)\($0.name)").inserted
        }
        self.init(
            features: columns.filter { $0.part == .features }.map {
                Feature(name: $0.name, kind: $0.inferredKind)
            },
            prediction: columns.first { $0.part == .predictions }.map {
                let kind: Prediction.Kind = batches.contains(where: \.hasMeasuredLabels) ? .value : .score
                return Prediction(tensor: $0.name, kind: $0.inferredKind == .numeric ? kind : .class)
            },
            label: columns.first { $0.part == .labels }.map {
                Label(tensor: $0.name, kind: $0.inferredKind == .numeric ? "value" : "class")
            })
    }
}

extension RowBatch {
    /// Whether the labels are numbers that no two classes have.
    fileprivate var hasMeasuredLabels: Bool {
        guard let labels = labelColumn(nil), labels.inferredKind == .numeric else { return false }
        return (0..<count).contains { row in
            labels.truth(ofRow: row)?.number.map { $0 != 0 && $0 != 1 } ?? false
        }
    }
}

extension Column {
    fileprivate var inferredKind: Feature.Kind {
        switch values {
        case .text: .categorical
        case .integer where datatype == .bool: .boolean
        case .integer, .real: .numeric
        }
    }
}
