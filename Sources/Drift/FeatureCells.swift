package import Statistics

/// How a feature's values are counted: into cells between knots, or into categories.
package enum FeatureCells: Equatable, Sendable {
    case numeric(NumericCells)
    case categorical(CategoryCells)

    package var cellCount: Int {
        switch self {
        case .numeric(let cells): cells.knots.cellCount
        case .categorical(let cells): cells.cellCount
        }
    }
}

/// The cells of a number, and the frame in which values beyond them are measured.
package struct NumericCells: Equatable, Sendable {
    package let knots: Knots
    /// The unit of drift: the reference's deviation σ (or its robust stand-in), 1 for a constant.
    package let scale: Double

    package init(knots: Knots, scale: Double) { (self.knots, self.scale) = (knots, scale) }

    /// Values further than this many reference ranges beyond the outermost knots count as if they lay there:
    /// one absurd value says that it is out of range, not that everything has moved.
    static let tailRanges = 8.0
    /// The steps of a range in which a tail is measured; whole numbers add up the same in any order.
    static let stepsPerRange = 0x1p28

    /// The width of one step of a tail.
    var tailStep: Double {
        guard let range = knots.finiteRange else { return 1 }
        let width = range.upperBound - range.lowerBound
        let frame = width > 0 ? width : max(abs(range.upperBound), 1)
        return min(frame, .greatestFiniteMagnitude / 16) / NumericCells.stepsPerRange
    }
}

/// The categories that have a cell each; behind them one cell for the folded tail, `other`, and one for
/// values that the reference never saw.
package struct CategoryCells: Equatable, Sendable {
    /// The kept categories by descending frequency in the reference, ties by their bytes.
    package let categories: [String]
    /// The hashes of the categories that were folded, ascending.
    package let foldedHashes: [UInt64]
    /// Categories that the reference saw exactly once: over its rows, the rate at which new ones were to be
    /// expected. I. J. Good, "The Population Frequencies of Species", Biometrika 40 (1953).
    package let singletons: UInt64
    private let index: TextIndex
    /// A boolean feature: 0 and 1 stand for its categories.
    let isTruth: Bool

    package init(categories: [String], foldedHashes: [UInt64], singletons: UInt64) {
        (self.categories, self.foldedHashes, self.singletons) = (categories, foldedHashes, singletons)
        index = TextIndex(categories)
        isTruth = !categories.isEmpty && categories.allSatisfy { $0 == "true" || $0 == "false" }
    }

    package var cellCount: Int { categories.count + 2 }
    package var otherCell: Int { categories.count }
    package var unseenCell: Int { categories.count + 1 }

    package func cell(of value: Span<UInt8>) -> Int {
        if let cell = knownCell(of: value) { return cell }
        // A reference's categories are Unicode; bytes that are not were repaired when it was built.
        guard (try? UTF8Span(validating: value)) == nil else { return unseenCell }
        let repaired = String(decoding: value.indices.map { value[$0] }, as: UTF8.self)
        return knownCell(of: Array(repaired.utf8).span) ?? unseenCell
    }

    private func knownCell(of value: Span<UInt8>) -> Int? {
        let hash = stableHash(value)
        return index.position(of: value, hash: hash) ?? (isFolded(hash) ? otherCell : nil)
    }

    package func cell(of value: String) -> Int { cell(of: Array(value.utf8).span) }

    private func isFolded(_ hash: UInt64) -> Bool {
        var (low, high) = (0, foldedHashes.count)
        while low < high {
            let middle = (low + high) / 2
            if foldedHashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low < foldedHashes.count && foldedHashes[low] == hash
    }
}
