import TOMLKit

/// A value that is no table: what a program is told under names of its own.
package enum ConfigurationValue: Equatable, Sendable {
    case flag(Bool)
    case integer(Int)
    /// Finite, and not whole: whole ones are integers, however they were written.
    case number(Double)
    case text(String)
    case list([ConfigurationValue])

    package init(_ number: Double) { self = Int(exactly: number).map(Self.integer) ?? .number(number) }

    var isFinite: Bool {
        switch self {
        case .number(let number): number.isFinite
        case .list(let values): values.allSatisfy(\.isFinite)
        case .flag, .integer, .text: true
        }
    }
}

extension ConfigurationValue {
    init?(_ value: any TOMLValueConvertible) {
        if let flag = value.bool {
            self = .flag(flag)
        } else if let integer = value.int {
            self = .integer(integer)
        } else if let number = value.double {
            self.init(number)
        } else if let text = value.string {
            self = .text(text)
        } else if let array = value.array {
            let values = array.compactMap { ConfigurationValue($0) }
            guard values.count == array.count else { return nil }
            self = .list(values)
        } else {
            return nil
        }
    }
}

extension ConfigurationValue: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self.init(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else {
            self = .list(try container.decode([ConfigurationValue].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let flag): try container.encode(flag)
        case .integer(let integer): try container.encode(integer)
        case .number(let number): try container.encode(number)
        case .text(let text): try container.encode(text)
        case .list(let values): try container.encode(values)
        }
    }
}
