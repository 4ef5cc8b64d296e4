/// The lines on which the keys of a TOML document stand.
///
/// The parser keeps no positions, so a second, shallow pass over the source finds them. It reads documents
/// that have been parsed already, and so checks nothing.
struct KeyLines {
    private let lines: [ConfigurationKey: Int]

    init(of source: String) {
        var scanner = KeyScanner(source)
        scanner.scanDocument()
        lines = scanner.lines
    }

    /// The line of a key or, where the document lacks it, of the nearest table around it.
    func line(of key: ConfigurationKey) -> Int? {
        lines[key] ?? key.parent.flatMap(line(of:))
    }
}

private struct KeyScanner {
    private(set) var lines: [ConfigurationKey: Int] = [:]
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// How many tables each array of tables has so far.
    private var elements: [ConfigurationKey: Int] = [:]

    init(_ source: String) { bytes = Array(source.utf8) }

    mutating func scanDocument() {
        var table = ConfigurationKey()
        skipBlanks()
        while let byte = current {
            if byte == UInt8(ascii: "[") { table = scanHeader() } else { scanPair(in: table) }
            skipBlanks()
        }
    }

    // MARK: Headers and keys

    private mutating func scanHeader() -> ConfigurationKey {
        advance()
        let isElement = skip("[")
        let names = scanNames()
        while skip("]") {}
        let key = isElement ? addElement(names) : resolve(names)
        record(key)
        return key
    }

    /// `[stream.window]` means the table of the last `[[stream]]`.
    private func resolve(_ names: [String]) -> ConfigurationKey {
        names.reduce(ConfigurationKey()) { key, name in
            let named = key.appending(name)
            return elements[named].map { named.appending(element: $0 - 1) } ?? named
        }
    }

    private mutating func addElement(_ names: [String]) -> ConfigurationKey {
        let array = resolve(names.dropLast()).appending(names.last ?? "")
        record(array)
        elements[array, default: 0] += 1
        return array.appending(element: elements[array, default: 1] - 1)
    }

    private mutating func scanPair(in table: ConfigurationKey) {
        var key = table
        for name in scanNames() {
            key = key.appending(name)
            record(key)
        }
        _ = skip("=")
        scanValue(of: key)
    }

    private mutating func scanNames() -> [String] {
        var names: [String] = []
        repeat {
            skipSpaces()
            names.append(scanName())
            skipSpaces()
        } while skip(".")
        return names
    }

    /// Escapes in quoted keys stand as they are: no key of ours needs one.
    private mutating func scanName() -> String {
        let start = position
        if let byte = current, isQuote(byte) {
            skipString()
            return String(decoding: bytes[(start + 1)..<(position - 1)], as: UTF8.self)
        }
        while let byte = current, isBareKey(byte) { advance() }
        if position == start { advance() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func record(_ key: ConfigurationKey) {
        if lines[key] == nil { lines[key] = line }
    }

    // MARK: Values

    private mutating func scanValue(of key: ConfigurationKey) {
        skipSpaces()
        switch current {
        case UInt8(ascii: "["): scanArray(of: key)
        case UInt8(ascii: "{"): scanInlineTable(of: key)
        case let byte? where isQuote(byte): skipString()
        default: repeat { advance() } while current.map(endsScalar) == false
        }
    }

    private mutating func scanArray(of key: ConfigurationKey) {
        advance()
        skipBlanks()
        var index = 0
        while current != nil, !skip("]") {
            let element = key.appending(element: index)
            record(element)
            scanValue(of: element)
            skipBlanks()
            _ = skip(",")
            skipBlanks()
            index += 1
        }
    }

    private mutating func scanInlineTable(of key: ConfigurationKey) {
        advance()
        skipBlanks()
        while current != nil, !skip("}") {
            scanPair(in: key)
            skipBlanks()
            _ = skip(",")
            skipBlanks()
        }
    }

    private mutating func skipString() {
        let quote = bytes[position]
        guard !skipThree(quote) else { return skipMultilineString(quote) }
        advance()
        while let byte = current, byte != quote { skipCharacter(in: quote) }
        advance()
    }

    /// A multi-line string may end in up to five quotes, of which three close it.
    private mutating func skipMultilineString(_ quote: UInt8) {
        while current != nil, !skipThree(quote) { skipCharacter(in: quote) }
        while current == quote { advance() }
    }

    private mutating func skipCharacter(in quote: UInt8) {
        if current == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { advance() }
        advance()
    }

    private mutating func skipThree(_ quote: UInt8) -> Bool {
        guard bytes[position...].starts(with: [quote, quote, quote]) else { return false }
        position += 3
        return true
    }

    // MARK: Bytes

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func advance() {
        guard let byte = current else { return }
        if byte == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        advance()
        return true
    }

    private mutating func skipSpaces() {
        while let byte = current, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { advance() }
    }

    /// White space, line ends and comments.
    private mutating func skipBlanks() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "#"): while let byte = current, byte != UInt8(ascii: "\n") { advance() }
            default: return
            }
        }
    }
}

private func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }

private func isBareKey(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        true
    default: false
    }
}

private func endsScalar(_ byte: UInt8) -> Bool { ",]}#\n".utf8.contains(byte) }
