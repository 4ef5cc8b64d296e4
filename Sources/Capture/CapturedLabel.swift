import Drift
import GRDB

/// The truth about a row: a number, or the name of a class.
package enum CapturedLabel: Sendable, CustomStringConvertible {
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
}

extension CapturedLabel: Equatable {
    /// 1 and 1.0 are the same truth, `"1"` is another.
    package static func == (a: CapturedLabel, b: CapturedLabel) -> Bool {
        switch (a, b) {
        case (.integer(let a), .integer(let b)): a == b
        case (.real(let a), .real(let b)): a == b
        case (.category(let a), .category(let b)): a == b
        case (.integer(let whole), .real(let real)), (.real(let real), .integer(let whole)):
            Double(whole) == real
        default: false
        }
    }
}

/// What kind of label a model has. A label of another kind is not taken.
enum LabelType: String, Codable, Sendable { case number, category }

extension CapturedLabel {
    var type: LabelType { if case .category = self { .category } else { .number } }

    /// A row's label: truth values as 0 and 1, whole numbers as such. `nil` for one that is not finite.
    init?(_ column: Drift.Column, row: Int) {
        switch column.values {
        case .text(let texts): self = .category(texts[row])
        case .integer(let values) where column.datatype == .uint64 && values[row] < 0:
            self = .real(Double(UInt64(bitPattern: values[row])))
        case .integer(let values): self = .integer(values[row])
        case .real(let values) where values[row].isFinite:
            self = Int64(exactly: values[row]).map(CapturedLabel.integer) ?? .real(values[row])
        case .real: return nil
        }
    }

    /// Whether a model with this task can have such a label.
    func suits(_ task: ModelSchema.Task?) -> Bool {
        switch (task, self) {
        case (.regression, .category), (.binary, .real), (.multiclass, .real): false
        default: true
        }
    }

    init?(_ value: DatabaseValue) {
        switch value.storage {
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let name): self = .category(name)
        case .blob(let bytes): self = .category(String(decoding: bytes, as: UTF8.self))
        case .null: return nil
        }
    }

    var databaseValue: DatabaseValue {
        switch self {
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .category(let name): databaseText(name)
        }
    }
}
