import Statistics

/// One feature's values on one side.
struct SkewSample: Sendable {
    /// Each of them, so that the distance is exact: 8 bytes a joined row.
    private var numbers: [Double] = []
    private var texts: [String: UInt64] = [:]
    private var textCount = 0

    mutating func add(_ value: SkewValue) {
        switch value {
        case .null: break
        case .number(let number): numbers.append(number)
        case .text(let text):
            texts[text, default: 0] += 1
            textCount += 1
        }
    }

    /// What most of the values are; `nil` without any.
    var kind: Feature.Kind? {
        numbers.isEmpty && textCount == 0 ? nil : textCount > numbers.count ? .categorical : .numeric
    }

    /// From these values to another side's: KS of the numbers, total variation of the texts; `nil` where one side
    /// has none of the kind.
    func distance(to other: SkewSample, _ kind: Feature.Kind) -> FeatureSkew.Distance? {
        kind == .categorical
            ? totalVariation(to: other).map { FeatureSkew.Distance(measure: "tv", value: $0) }
            : kolmogorovSmirnov(to: other).map { FeatureSkew.Distance(measure: "ks", value: $0) }
    }

    private func kolmogorovSmirnov(to other: SkewSample) -> Double? {
        let knots = Knots(distinct: numbers + other.numbers)
        func counts(_ values: [Double]) -> CellCounts {
            var cells = [UInt32](repeating: 0, count: knots.cellCount)
            knots.count(values.span, into: &cells)
            return CellCounts(cells.map(UInt64.init))
        }
        return KolmogorovSmirnov(reference: counts(numbers), current: counts(other.numbers))?.statistic
    }

    private func totalVariation(to other: SkewSample) -> Double? {
        let names = Set(texts.keys).union(other.texts.keys)
        func counts(_ texts: [String: UInt64]) -> CellCounts { CellCounts(names.map { texts[$0] ?? 0 }) }
        return BinnedDistances(reference: counts(texts), current: counts(other.texts))?.totalVariation
    }
}
