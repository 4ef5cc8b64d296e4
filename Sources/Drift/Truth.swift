/// The truth about a row: a number, or the name of a class.
package enum Truth: Sendable, CustomStringConvertible {
    case integer(Int64)
    case real(Double)
    case category(String)

    /// As a number: that of a class named by one, too.
    package var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        case .category(let name): Double(name)
        }
    }

    /// As the name of a class: `1` for 1 and for 1.0.
    package var description: String {
        switch self {
        case .integer(let value): String(value)
        case .real(let value): String(value)
        case .category(let name): name
        }
    }

    /// A text without a character says nothing.
    package var isEmpty: Bool { if case .category("") = self { true } else { false } }

    /// A row's label: truth values as 0 and 1, whole numbers as such. `nil` for one that is not finite.
    package init?(_ column: Column, row: Int) {
        switch column.values {
        case .text(let texts): self = .category(texts[row])
        case .integer(let values) where column.datatype == .uint64 && values[row] < 0:
            self = .real(Double(UInt64(bitPattern: values[row])))
        case .integer(let values): self = .integer(values[row])
        case .real(let values) where values[row].isFinite:
            self = Int64(exactly: values[row]).map(Truth.integer) ?? .real(values[row])
        case .real: return nil
        }
    }
}

extension Truth: Equatable {
    /// 1, 1.0 and `"1"` are the same truth.
    package static func == (a: Truth, b: Truth) -> Bool {
        switch (a, b) {
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a == b
        case (.category(let a), .category(let b)): a == b
        case (.integer(let whole), .real(let real)), (.real(let real), .integer(let whole)):
            Double(whole) == real
        case (.category(let name), let number), (let number, .category(let name)): number.description == name
        }
    }
}

extension Column {
    /// The truth about a row; `nil` where it is missing, empty or no number.
    package func truth(ofRow row: Int) -> Truth? {
        guard missing.isEmpty || !missing[row], let truth = Truth(self, row: row) else { return nil }
        return truth.isEmpty ? nil : truth
    }
}

extension RowBatch {
    /// The column that holds the truth: the one that the schema names, else the first of the labels.
    package func labelColumn(_ schema: ModelSchema?) -> Column? {
        let labels = columns.lazy.filter { $0.part == .labels }
        return labels.first { $0.name == schema?.label?.tensor } ?? labels.first
    }
}
