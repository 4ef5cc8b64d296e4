/// Finds one key of a UBJSON document's outermost object without building the document (UBJSON draft 12,
/// https://ubjson.org: numbers are big-endian, a container may state the type and the number of its elements).
enum UBJSONScan {
    /// The whole numbers of the list under `key`; `nil` where there is none, or the bytes are no UBJSON.
    static func numbers(of key: String, in bytes: Span<UInt8>) -> [Int]? {
        var cursor = UBJSONCursor(place: 0)
        guard cursor.byte(bytes) == UInt8(ascii: "{"), let container = cursor.container(bytes) else {
            return nil
        }
        let wanted = Array(key.utf8)
        for _ in 0..<(container.count ?? .max) {
            if container.count == nil, cursor.peek(bytes) == UInt8(ascii: "}") { return nil }
            guard let name = cursor.text(bytes), let type = container.type ?? cursor.byte(bytes) else {
                return nil
            }
            if name.elementsEqual(wanted) { return cursor.numbers(type, bytes) }
            guard cursor.skip(type, bytes, depth: 0) else { return nil }
        }
        return nil
    }
}

/// A place in the bytes. Whatever reads beyond their end, or what is no UBJSON, is `nil` or false.
private struct UBJSONCursor {
    var place: Int

    /// Deeper than models are, and far from the end of the stack.
    private static let depthLimit = 64

    func peek(_ bytes: Span<UInt8>) -> UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func byte(_ bytes: Span<UInt8>) -> UInt8? {
        guard place < bytes.count else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func advance(_ count: Int, _ bytes: Span<UInt8>) -> Bool {
        guard count >= 0, count <= bytes.count - place else { return false }
        place += count
        return true
    }

    // MARK: Numbers and texts

    private static func width(_ type: UInt8) -> Int? {
        switch Character(Unicode.Scalar(type)) {
        case "Z", "N", "T", "F": 0
        case "i", "U", "C": 1
        case "I": 2
        case "l", "d": 4
        case "L", "D": 8
        default: nil
        }
    }

    private mutating func integer(_ type: UInt8, _ bytes: Span<UInt8>) -> Int? {
        guard let width = UBJSONCursor.width(type), width > 0, "iUIlL".utf8.contains(type),
            width <= bytes.count - place
        else { return nil }
        let signed = type != UInt8(ascii: "U") && bytes[place] >= 0x80
        var value: Int64 = signed ? -1 : 0
        for offset in 0..<width { value = value << 8 | Int64(bytes[place + offset]) }
        place += width
        return Int(value)
    }

    private mutating func length(_ bytes: Span<UInt8>) -> Int? {
        guard let type = byte(bytes), let length = integer(type, bytes), length >= 0 else { return nil }
        return length
    }

    mutating func text(_ bytes: Span<UInt8>) -> [UInt8]? {
        guard let length = length(bytes) else { return nil }
        let start = place
        guard advance(length, bytes) else { return nil }
        return (start..<place).map { bytes[$0] }
    }

    // MARK: Containers

    struct Container {
        var type: UInt8?
        var count: Int?
    }

    /// What stands after the opening bracket.
    mutating func container(_ bytes: Span<UInt8>) -> Container? {
        var container = Container()
        if peek(bytes) == UInt8(ascii: "$") {
            place += 1
            guard let type = byte(bytes), peek(bytes) == UInt8(ascii: "#") else { return nil }
            container.type = type
        }
        if peek(bytes) == UInt8(ascii: "#") {
            place += 1
            guard let count = length(bytes) else { return nil }
            container.count = count
        }
        return container
    }

    mutating func numbers(_ type: UInt8, _ bytes: Span<UInt8>) -> [Int]? {
        guard type == UInt8(ascii: "["), let container = container(bytes) else { return nil }
        var numbers: [Int] = []
        while container.count.map({ numbers.count < $0 }) ?? (peek(bytes) != UInt8(ascii: "]")) {
            guard let type = container.type ?? byte(bytes), let number = integer(type, bytes) else {
                return nil
            }
            numbers.append(number)
        }
        return numbers
    }

    mutating func skip(_ type: UInt8, _ bytes: Span<UInt8>, depth: Int) -> Bool {
        if let width = UBJSONCursor.width(type) { return advance(width, bytes) }
        switch Character(Unicode.Scalar(type)) {
        case "S", "H": return length(bytes).map { advance($0, bytes) } ?? false
        case "[", "{":
            guard depth < UBJSONCursor.depthLimit, let container = container(bytes) else { return false }
            return skip(container, isObject: type == UInt8(ascii: "{"), bytes, depth: depth + 1)
        default: return false
        }
    }

    private mutating func skip(
        _ container: Container, isObject: Bool, _ bytes: Span<UInt8>, depth: Int
    ) -> Bool {
        if !isObject, let count = container.count, let width = container.type.flatMap(UBJSONCursor.width) {
            let size = count.multipliedReportingOverflow(by: width)
            return !size.overflow && advance(size.partialValue, bytes)
        }
        let end = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        for _ in 0..<(container.count ?? .max) {
            if container.count == nil, peek(bytes) == end { return advance(1, bytes) }
            if isObject, text(bytes) == nil { return false }
            guard let type = container.type ?? byte(bytes), skip(type, bytes, depth: depth) else {
                return false
            }
        }
        return true
    }
}
