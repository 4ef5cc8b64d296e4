import Foundation
import Registry

/// Any JSON value.
enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Finite: JSON has no other numbers.
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

extension JSON {
    /// Members are sorted by name, so that the same value is the same bytes. Written by hand: `JSONEncoder` takes five
    /// times as long, most of what a large page of runs would cost.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    private func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let value): bytes += (value ? "true" : "false").utf8
        case .integer(let value): bytes += value.description.utf8
        case .number(let value): bytes += value.description.utf8
        case .text(let value): JSON.write(value, to: &bytes)
        case .array(let elements): JSON.write(elements, "[", "]", to: &bytes) { $0.write(to: &$1) }
        case .object(let members):
            JSON.write(members.sorted { $0.key < $1.key }, "{", "}", to: &bytes) { member, bytes in
                JSON.write(member.key, to: &bytes)
                bytes += ":".utf8
                member.value.write(to: &bytes)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element], _ start: String, _ end: String, to bytes: inout [UInt8],
        _ writeElement: (Element, inout [UInt8]) -> Void
    ) {
        bytes += start.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes += ",".utf8 }
            writeElement(element, &bytes)
        }
        bytes += end.utf8
    }

    private static func write(_ text: String, to bytes: inout [UInt8]) {
        bytes += "\"".utf8
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes += "\\\"".utf8
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\r"): bytes += "\\r".utf8
            case UInt8(ascii: "\t"): bytes += "\\t".utf8
            case ..<0x20: bytes += "\\u00\(CollectionOfOne(byte).hexadecimal)".utf8
            default: bytes.append(byte)
            }
        }
        bytes += "\"".utf8
    }
}
