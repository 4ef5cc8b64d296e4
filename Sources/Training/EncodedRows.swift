import Drift

/// Rows as XGBoost gets them: codes of the encoder, labels from 0.
struct EncodedRows {
    var values: [Float]
    var labels: [Float]
}

/// What is learnt from the rows of a training set before any tree is.
struct Preparation {
    let encoder: FeatureEncoder
    let decision: Decision

    init(_ training: LabelledRows) throws(DataProblem) {
        encoder = FeatureEncoder(learning: training)
        decision = try Decision(training.schema, found: training.foundClasses, path: training.path)
    }

    /// - Throws: when a label is of a class that the training set does not have.
    func encode(_ rows: consuming LabelledRows) throws(DataProblem) -> EncodedRows {
        var encoded = EncodedRows(values: rows.values, labels: rows.labels)
        for (index, entry) in encoder.features.enumerated() {
            guard let categories = entry.categories, let names = rows.cells.categories(ofFeature: index)
            else { continue }
            let codes = recoding(names, CategoryBook(categories))
            recode(&encoded.values, codes, first: index, step: encoder.features.count)
        }
        guard decision.task != .regression else { return encoded }
        let codes = recoding(rows.classes.names, CategoryBook(decision.classes))
        recode(&encoded.labels, codes, first: 0, step: 1)
        if let row = encoded.labels.firstIndex(where: \.isNaN) {
            let name = rows.classes.names[Int(rows.labels[row])]
            throw DataProblem(
                "\(rows.path): a row has label '\(name)', which no row of the training set has: its classes are "
                    + listed(decision.classes))
        }
        return encoded
    }

    /// The new code of each old one; NaN where there is none.
    private func recoding(_ names: TextColumn, _ book: CategoryBook) -> [Float] {
        (0..<names.count).map { old in
            book.code(of: names.bytes.span.extracting(names.range(old))).map { Float($0) } ?? .nan
        }
    }
}

private func recode(_ values: inout [Float], _ codes: [Float], first: Int, step: Int) {
    for place in stride(from: first, to: values.count, by: step) where !values[place].isNaN {
        values[place] = codes[Int(values[place])]
    }
}

extension FeatureEncoder {
    /// The categories that rows of a training set have, sorted by their bytes.
    fileprivate init(learning rows: LabelledRows) {
        let width = rows.schema.schema.features.count
        self.init(
            features: rows.schema.schema.features.enumerated().map { index, feature in
                let names = rows.cells.categories(ofFeature: index).map { names in
                    sortedNames(names, codes: rows.values, first: index, step: width)
                }
                return Entry(name: feature.name, kind: feature.kind, categories: names)
            })
    }
}

extension LabelledRows {
    /// The classes that rows have, sorted by their bytes; none of a regression.
    fileprivate var foundClasses: [String] {
        schema.task == .regression ? [] : sortedNames(classes.names, codes: labels, first: 0, step: 1)
    }

    /// Features that have one value, or none, in every row.
    var constantFeatures: [String] {
        let features = schema.schema.features
        return features.indices.filter { isConstant($0, step: features.count) }.map { features[$0].name }
    }

    private func isConstant(_ feature: Int, step: Int) -> Bool {
        let first = values[feature]
        return stride(from: feature, to: values.count, by: step).allSatisfy {
            values[$0] == first || (values[$0].isNaN && first.isNaN)
        }
    }
}

private func sortedNames(_ names: TextColumn, codes: [Float], first: Int, step: Int) -> [String] {
    var isUsed = Array(repeating: false, count: names.count)
    for place in stride(from: first, to: codes.count, by: step) where !codes[place].isNaN {
        isUsed[Int(codes[place])] = true
    }
    let used = Set(isUsed.indices.filter { isUsed[$0] }.map { names[$0] })
    return used.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
}
