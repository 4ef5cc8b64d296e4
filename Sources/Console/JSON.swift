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
    init(parsing bytes: Data) throws {
        self.init(bridging: try JSONSerialization.jsonObject(with: bytes, options: .fragmentsAllowed))
    }

    private init(bridging value: Any) {
        switch value {
        case let text as String: self = .text(text)
        case let number as NSNumber: self.init(bridging: number)
        case let elements as [Any]: self = .array(elements.map(JSON.init(bridging:)))
        case let members as [String: Any]: self = .object(members.mapValues(JSON.init(bridging:)))
        default: self = .null
        }
    }

    private init(bridging number: NSNumber) {
        if unsafe number.objCType.pointee == CChar(bitPattern: UInt8(ascii: "c")) {
            self = .bool(number.boolValue)
        } else {
            self = Int64(exactly: number).map(JSON.integer) ?? .number(number.doubleValue)
        }
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
