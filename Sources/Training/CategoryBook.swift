import Drift

/// Categories and their codes, whole numbers from 0 in the order they were first met in.
struct CategoryBook {
    private(set) var names = TextColumn()
    /// The code of the text that has this hash; of two that share one, the second lies at the next free number.
    private var codes: [UInt64: Int] = [:]

    init() {}

    init(_ categories: [String]) {
        for name in categories { _ = addedCode(of: Array(name.utf8).span) }
    }

    func code(of text: Span<UInt8>) -> Int? {
        var hash = stableHash(text)
        while let code = codes[hash] {
            if names.equals(code, text) { return code }
            hash &+= 1
        }
        return nil
    }

    /// The code of a text, a new one where it has none.
    mutating func addedCode(of text: Span<UInt8>) -> Int {
        if let code = code(of: text) { return code }
        var hash = stableHash(text)
        while codes[hash] != nil { hash &+= 1 }
        codes[hash] = names.count
        names.append(text)
        return names.count - 1
    }
}

/// A cell as the name of a category, the same however the file was written: 3.0 is `3`, True is `true`.
func withCategoryName<Result>(_ cell: Span<UInt8>, _ body: (Span<UInt8>) -> Result) -> Result {
    if isWholeDecimal(cell) { return body(cell.extracting(0..<cell.count - 2)) }
    guard let truth = truthValue(cell) else { return body(cell) }
    return body(Array((truth ? "true" : "false").utf8).span)
}

/// Digits, then `.0`.
private func isWholeDecimal(_ cell: Span<UInt8>) -> Bool {
    let end = cell.count - 2
    guard end > 0, cell[end] == UInt8(ascii: "."), cell[end + 1] == UInt8(ascii: "0") else { return false }
    let start = cell[0] == UInt8(ascii: "-") ? 1 : 0
    return start < end && (start..<end).allSatisfy { (0x30...0x39).contains(cell[$0]) }
}

/// `True` and `TRUE`, `False` and `FALSE`, as other tools write them.
private func truthValue(_ cell: Span<UInt8>) -> Bool? {
    guard cell.count == 4 || cell.count == 5 else { return nil }
    switch cell[0] {
    case UInt8(ascii: "T") where equals(cell, "True") || equals(cell, "TRUE"): return true
    case UInt8(ascii: "F") where equals(cell, "False") || equals(cell, "FALSE"): return false
    default: return nil
    }
}

private func equals(_ cell: Span<UInt8>, _ word: StaticString) -> Bool {
    let word = String(describing: word).utf8
    return word.count == cell.count && zip(word, cell.indices).allSatisfy { $0 == cell[$1] }
}
