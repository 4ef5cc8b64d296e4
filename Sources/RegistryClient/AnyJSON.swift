import Foundation

/// JSON whose shape is not known beforehand.
package enum AnyJSON: Equatable, Codable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case array([AnyJSON])
    case object([String: AnyJSON])

    package init(_ integer: Int?) { self = integer.map { .number(Double($0)) } ?? .null }

    package init(_ text: String?) { self = text.map(AnyJSON.text) ?? .null }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let elements = try? container.decode([AnyJSON].self) {
            self = .array(elements)
        } else {
            self = .object(try container.decode([String: AnyJSON].self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .flag(let flag): try container.encode(flag)
        case .number(let number): try encode(number, in: &container)
        case .text(let text): try container.encode(text)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }

    private func encode(_ number: Double, in container: inout any SingleValueEncodingContainer) throws {
        if let integer = Int64(exactly: number) {
            try container.encode(integer)
        } else {
            try container.encode(number)
        }
    }
}

extension AnyJSON: CustomStringConvertible {
    /// As a person reads it: texts without quotes, lists and members one after another.
    package var description: String {
        switch self {
        case .null: ""
        case .flag(let flag): "\(flag)"
        case .number(let number): Int64(exactly: number).map(String.init) ?? "\(number)"
        case .text(let text): text
        case .array(let elements): elements.map(\.description).joined(separator: ", ")
        case .object(let members):
            members.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }
}
