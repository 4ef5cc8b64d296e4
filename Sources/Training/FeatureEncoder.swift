package import Drift
import Tables
package import XGBoost

/// How a row becomes numbers: the features in the schema's order; numbers as they are, truth values as 0 and 1, a
/// category as its place among the training set's, sorted by bytes. A category that training has not met is no value,
/// like an empty cell.
///
/// Codes are given to XGBoost as numbers, not as its own categories: see docs/training.md.
package struct FeatureEncoder: Codable, Equatable, Sendable {
    package struct Entry: Codable, Equatable, Sendable {
        package var name: String
        package var kind: Feature.Kind
        /// Sorted by their bytes; the code of each is its place, from 0.
        package var categories: [String]?
    }

    package var version = 1
    package var features: [Entry]

    package init(features: [Entry]) { self.features = features }

    package static let knownVersion = 1

    /// As XGBoost knows the features.
    package var columns: [FeatureColumn] { features.map { FeatureColumn($0.name) } }
}

/// Turns cells of text into a block of numbers, row by row.
struct CellEncoder {
    private enum Coding {
        case number
        /// Categories may be added as they come.
        case open(CategoryBook)
        case closed(CategoryBook)
    }

    private let names: [String]
    private var codings: [Coding]

    /// For a training set: every category it meets has a code.
    init(learning features: [Feature]) {
        names = features.map(\.name)
        codings = features.map { $0.kind == .categorical ? .open(CategoryBook()) : .number }
    }

    init(_ encoder: FeatureEncoder) {
        names = encoder.features.map(\.name)
        codings = encoder.features.map { entry in
            entry.categories.map { .closed(CategoryBook($0)) } ?? .number
        }
    }

    /// What was met of a feature's categories, in the order of their codes; `nil` for a number.
    func categories(ofFeature index: Int) -> TextColumn? {
        switch codings[index] {
        case .number: nil
        case .open(let book), .closed(let book): book.names
        }
    }

    /// Appends the rows of a block, given the column of each feature.
    ///
    /// - Parameter lines: each row's number in the file, for messages.
    mutating func append(
        _ columns: [TextColumn], lines: some Collection<Int>, to values: inout [Float], path: String
    ) throws(DataProblem) {
        let (start, width) = (values.count, columns.count)
        let rows = columns.first?.count ?? 0
        values.append(contentsOf: repeatElement(.nan, count: rows * width))
        for (index, column) in columns.enumerated() {
            let place = Placement(first: start + index, step: width)
            let wrong: Int?
            switch codings[index] {
            case .number: wrong = encodeNumbers(column, into: &values, place)
            case .open(var book):
                codings[index] = .number
                encodeCodes(column, into: &values, place) { book.addedCode(of: $0) }
                codings[index] = .open(book)
                wrong = nil
            case .closed(let book):
                encodeCodes(column, into: &values, place) { book.code(of: $0) }
                wrong = nil
            }
            if let wrong {
                throw notANumber(
                    column[wrong], names[index],
                    "\(path): row \(lines[lines.index(lines.startIndex, offsetBy: wrong)])")
            }
        }
    }

    private func notANumber(_ text: String, _ feature: String, _ place: String) -> DataProblem {
        parseIsInfinite(text)
            ? DataProblem(
                "\(place): feature '\(feature)' is \(text), which single precision cannot hold: leave the cell empty"
            )
            : DataProblem(
                "\(place): feature '\(feature)' is numeric, and '\(text)' is no number: mend the cell, or declare the feature categorical"
            )
    }
}

private func parseIsInfinite(_ text: String) -> Bool { Double(text).map { !$0.isNaN } ?? false }

/// Where a feature's values lie among those of all.
private struct Placement {
    let first: Int
    let step: Int
}

/// - Returns: the first row whose cell is no number, or one that is infinite.
private func encodeNumbers(_ column: TextColumn, into values: inout [Float], _ place: Placement) -> Int? {
    let bytes = column.bytes.span
    for row in 0..<column.count {
        guard let number = parseNumber(bytes.extracting(column.range(row))) else { return row }
        let value = Float(number)
        if value.isInfinite { return row }
        values[place.first + row * place.step] = value
    }
    return nil
}

private func encodeCodes(
    _ column: TextColumn, into values: inout [Float], _ place: Placement, _ code: (Span<UInt8>) -> Int?
) {
    let bytes = column.bytes.span
    for row in 0..<column.count where !column.range(row).isEmpty {
        let code = withCategoryName(bytes.extracting(column.range(row)), code)
        if let code { values[place.first + row * place.step] = Float(code) }
    }
}
