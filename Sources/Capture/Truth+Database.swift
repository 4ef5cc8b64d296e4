import Drift
import GRDB

extension Truth {
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
