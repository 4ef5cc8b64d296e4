/// One feature on both sides, row by row.
struct SkewTally: Sendable {
    let name: String
    private var rows: UInt64 = 0
    private var mismatches: UInt64 = 0
    private var servedNulls: UInt64 = 0
    private var trainingNulls: UInt64 = 0
    /// Rows with a value on both sides, and those of them where one is a text and the other a number.
    private var pairs: UInt64 = 0
    private var unlikePairs: UInt64 = 0
    /// That it was last served in.
    private var datatype = Datatype.fp64
    private var largestDifference: Double?
    private var example: FeatureSkew.Example?
    private var served = SkewSample()
    private var training = SkewSample()

    init(name: String) { self.name = name }

    /// - Parameter feature: `nil` where the row was served without it, which is no value.
    mutating func add(
        _ feature: ServedRow.Feature?, of row: ServedRow, beside cell: TrainingCell,
        _ tolerance: SkewTolerance
    ) {
        if let feature { datatype = feature.datatype }
        let value = feature?.value ?? .null
        let expected = isText(feature) ? cell.asText : cell.asNumber
        let mismatch = Mismatch(value, datatype, expected, cell, tolerance)
        rows += 1
        if value != .null, expected != .null { pairs += 1 }
        served.add(value)
        // What rounding has moved is no distance: 0.1 in FP32 is not 0.1, and would lie apart from it as a whole.
        training.add(mismatch == nil ? value : expected.rounded(to: datatype))
        guard let mismatch else { return }
        if isWorst(mismatch) {
            example = FeatureSkew.Example(
                key: row.key, served: feature?.written, training: expected == .null ? nil : cell.text)
        }
        count(mismatch)
    }

    /// How the cell beside a value is to be read; beside none, as its like were read before.
    private func isText(_ feature: ServedRow.Feature?) -> Bool {
        switch feature?.value {
        case .text: true
        case .number: false
        case .null, nil: feature?.datatype == .bytes || served.kind == .categorical
        }
    }

    /// Whether a row shows better than those before it what is the matter: by the largest difference, else the first.
    private func isWorst(_ mismatch: Mismatch) -> Bool {
        guard case .number(let difference) = mismatch else { return example == nil }
        return largestDifference.map { difference > $0 } ?? true
    }

    private mutating func count(_ mismatch: Mismatch) {
        mismatches += 1
        switch mismatch {
        case .servedNull: servedNulls += 1
        case .trainingNull: trainingNulls += 1
        case .unlike: unlikePairs += 1
        case .text: break
        case .number(let difference): largestDifference = max(largestDifference ?? 0, difference)
        }
    }

    var skew: FeatureSkew {
        let kind = served.kind ?? training.kind ?? .numeric
        let isUnlike = unlikePairs > 0 && unlikePairs == pairs
        return FeatureSkew(
            name: name, kind: kind,
            trainingKind: isUnlike ? (kind == .categorical ? .numeric : .categorical) : nil, rows: rows,
            mismatches: mismatches, mismatchShare: rows == 0 ? 0 : Double(mismatches) / Double(rows),
            servedNulls: servedNulls, trainingNulls: trainingNulls,
            largestDifference: largestDifference?.clampedToFinite,
            distance: isUnlike ? nil : training.distance(to: served, kind), example: example)
    }
}

/// How the two sides of a row differ.
private enum Mismatch {
    case servedNull, trainingNull
    /// A text on one side, a number on the other.
    case unlike
    case text
    case number(difference: Double)

    /// `nil` where they do not.
    init?(
        _ served: SkewValue, _ datatype: Datatype, _ training: SkewValue, _ cell: TrainingCell,
        _ tolerance: SkewTolerance
    ) {
        switch (served, training) {
        case (.null, .null): return nil
        case (.null, _): self = .servedNull
        case (_, .null): self = .trainingNull
        case (.number(let a), .number(let b)):
            if tolerance.accepts(a, servedAs: datatype, beside: b) { return nil }
            self = .number(difference: abs(a - b))
        case (.text(let a), .text(let b)):
            // By bytes: to a model, a text that is canonically equivalent is another.
            if a.utf8.elementsEqual(b.utf8) { return nil }
            if case .number = cell.asNumber { self = .unlike } else { self = .text }
        case (.number, .text), (.text, .number): self = .unlike
        }
    }
}

extension SkewValue {
    fileprivate func rounded(to datatype: Datatype) -> SkewValue {
        guard case .number(let number) = self else { return self }
        return .number(datatype.rounded(number))
    }
}
