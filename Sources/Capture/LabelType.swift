import Drift
import GRDB

/// What kind of label a model has. A label of another kind is not taken.
enum LabelType: String, Codable, Sendable { case number, category }

extension Truth {
    var type: LabelType { if case .category = self { .category } else { .number } }

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
