import CSimdJSON

/// A value of a parsed document: a place on simdjson's tape, laid out as its `doc/tape.md` says.
///
/// Every word of the tape was written by the parser, so following it stays inside; the document itself ends
/// with the call of `JSONParser.parse` that made it.
@safe struct JSONValue {
    /// What a value is, with what it holds unless that is further values.
    enum Content {
        case null
        case bool(Bool)
        case integer(Int64)
        /// Only numbers above those that `integer` holds.
        case unsigned(UInt64)
        case real(Double)
        case text(JSONText)
        case array, object
    }

    private let tape: UnsafePointer<UInt64>
    private let strings: UnsafePointer<UInt8>
    private let index: Int
    private let hasNonfinite: Bool

    init(rootOf document: json_document) {
        unsafe (tape, strings) = (document.tape, document.strings)
        (index, hasNonfinite) = (1, unsafe document.has_nonfinite)
    }

    private init(_ index: Int, beside other: JSONValue) {
        unsafe (tape, strings) = (other.tape, other.strings)
        (self.index, hasNonfinite) = (index, other.hasNonfinite)
    }

    @inline(__always) private var word: UInt64 { unsafe tape[index] }
    @inline(__always) private var tag: UInt8 { UInt8(word >> 56) }

    @inline(__always) var content: Content {
        switch tag {
        case Tag.real: .real(Double(bitPattern: unsafe tape[index + 1]))
        case Tag.integer: .integer(Int64(bitPattern: unsafe tape[index + 1]))
        case Tag.unsigned: .unsigned(unsafe tape[index + 1])
        case Tag.string: hasNonfinite ? contentOfMarkedString : .text(storedText)
        case Tag.true: .bool(true)
        case Tag.false: .bool(false)
        case Tag.array: .array
        case Tag.object: .object
        default: .null
        }
    }

    /// A string, unless it stands for a number that is not finite.
    private var contentOfMarkedString: Content {
        let text = storedText
        guard text.first == 0x7F else { return .text(text) }
        return switch text.count {
        case Int(json_nan_length): .real(.nan)
        case Int(json_infinity_length): .real(.infinity)
        case Int(json_minus_infinity_length): .real(-.infinity)
        default: .text(text)
        }
    }

    private var storedText: JSONText {
        let start = unsafe strings + Int(word & Tag.payload)
        let count = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        return unsafe JSONText(UnsafeBufferPointer(start: start + 4, count: Int(count)))
    }

    var isNull: Bool { tag == Tag.null }
    var isArray: Bool { tag == Tag.array }
    var isObject: Bool { tag == Tag.object }
    var text: JSONText? { if case .text(let text) = content { text } else { nil } }
    var integer: Int64? { if case .integer(let number) = content { number } else { nil } }

    /// What kind of value this is, for a sentence about one that should have been another.
    var noun: String {
        switch content {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "the number \(number)"
        case .unsigned(let number): "the number \(number)"
        case .real(let number): "the number \(number)"
        case .text: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

private enum Tag {
    static let object = UInt8(ascii: "{"), array = UInt8(ascii: "["), string = UInt8(ascii: "\"")
    static let real = UInt8(ascii: "d"), integer = UInt8(ascii: "l"), unsigned = UInt8(ascii: "u")
    static let `true` = UInt8(ascii: "t"), `false` = UInt8(ascii: "f"), null = UInt8(ascii: "n")
    static let endOfArray = UInt8(ascii: "]")
    static let payload: UInt64 = (1 << 56) - 1
}

// MARK: - Arrays and objects

extension JSONValue {
    /// The index of the word past this value.
    @inline(__always) private var next: Int {
        switch tag {
        case Tag.real, Tag.integer, Tag.unsigned: index + 2
        case Tag.array, Tag.object: Int(word & 0xFFFF_FFFF)
        default: index + 1
        }
    }

    /// The elements of an array; of anything else, none.
    var elements: Elements { Elements(self) }
    /// The members of an object in their order; of anything else, none.
    var members: Members { Members(self) }

    /// How many elements an array has, or members an object.
    var elementCount: Int {
        let counted = Int(word >> 32 & 0xFF_FFFF)
        return counted < 0xFF_FFFF ? counted : elements.reduce(0) { count, _ in count + 1 }
    }

    /// An object's member. `nil` when there is none, and when it is null: on this wire the two mean the same.
    subscript(key: StaticString) -> JSONValue? {
        for (name, value) in members where name == key { return value.isNull ? nil : value }
        return nil
    }

    struct Elements: Sequence, IteratorProtocol {
        private let array: JSONValue
        private var index: Int
        private let end: Int

        fileprivate init(_ array: JSONValue) {
            self.array = array
            (index, end) = (array.index + 1, array.isArray ? array.next - 1 : 0)
        }

        @inline(__always) mutating func next() -> JSONValue? {
            guard index < end else { return nil }
            let value = JSONValue(index, beside: array)
            index = value.next
            return value
        }
    }

    struct Members: Sequence, IteratorProtocol {
        private let object: JSONValue
        private var index: Int
        private let end: Int

        fileprivate init(_ object: JSONValue) {
            self.object = object
            (index, end) = (object.index + 1, object.isObject ? object.next - 1 : 0)
        }

        @inline(__always) mutating func next() -> (key: JSONText, value: JSONValue)? {
            guard index < end else { return nil }
            let key = JSONValue(index, beside: object)
            let value = JSONValue(index + 1, beside: object)
            index = value.next
            return (key.storedText, value)
        }
    }
}

// MARK: - Numbers in bulk

extension JSONValue {
    /// The scalars of an array, those of arrays in it included: `[[1, 2], [3, 4]]` as `[1, 2, 3, 4]`.
    struct Leaves: IteratorProtocol {
        private let array: JSONValue
        private var index: Int
        private let end: Int

        fileprivate init(_ array: JSONValue) {
            self.array = array
            (index, end) = (array.index + 1, array.isArray ? array.next - 1 : 0)
        }

        @inline(__always) mutating func next() -> JSONValue? {
            while index < end {
                let value = JSONValue(index, beside: array)
                if value.isArray || value.tag == Tag.endOfArray {
                    index += 1
                } else {
                    index = value.next
                    return value
                }
            }
            return nil
        }
    }

    var leaves: Leaves { Leaves(self) }
}
