import Foundation

/// Any JSON value.
enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case array([JSON])
    case object([String: JSON])
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral {
    /// An object. Members that are null are left out.
    init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(Dictionary(uniqueKeysWithValues: members.filter { $0.1 != .null }))
    }

    init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON {
    init(_ text: String?) { self = text.map(JSON.text) ?? .null }
    init(_ integer: Int64?) { self = integer.map(JSON.integer) ?? .null }

    /// A list; null when it is empty.
    static func list(_ elements: some Sequence<JSON>) -> JSON {
        let elements = Array(elements)
        return elements.isEmpty ? .null : .array(elements)
    }
}

// MARK: - Bytes

extension JSON {
    init(parsing bytes: Data) throws { self = try JSONDecoder().decode(JSON.self, from: bytes) }
}

extension JSON: Decodable {
    init(from decoder: any Decoder) throws {
        if let value = JSON(scalarOf: try decoder.singleValueContainer()) {
            self = value
        } else if let members = try? decoder.container(keyedBy: MemberName.self) {
            self = .object(try JSON.members(of: members))
        } else {
            self = .array(try JSON.elements(of: decoder.unkeyedContainer()))
        }
    }

    private init?(scalarOf container: any SingleValueDecodingContainer) {
        if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if container.decodeNil() {
            self = .null
        } else {
            return nil
        }
    }

    private static func members(of container: KeyedDecodingContainer<MemberName>) throws -> [String: JSON] {
        try container.allKeys.reduce(into: [:]) {
            $0[$1.stringValue] = try container.decode(JSON.self, forKey: $1)
        }
    }

    private static func elements(of container: any UnkeyedDecodingContainer) throws -> [JSON] {
        var (rest, elements) = (container, [JSON]())
        while !rest.isAtEnd { elements.append(try rest.decode(JSON.self)) }
        return elements
    }

    private struct MemberName: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension JSON: Encodable {
    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}
