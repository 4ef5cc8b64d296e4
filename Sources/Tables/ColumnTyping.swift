package import Drift

extension Column {
    /// Types a column of text: by `kind` where it is declared, else as the narrowest of whole number, number,
    /// truth value and text that all its values have.
    ///
    /// An empty cell is missing; so is NA, N/A, null or None among numbers, and whatever is no number in a
    /// column declared numeric.
    package init(name: String, part: RowBatch.Parts, text: TextColumn, kind: Feature.Kind?) {
        switch kind {
        case .numeric: self.init(name, part, numbersIn: text, isDeclared: true)
        case .boolean where text.holdsOnly(truthWords + ["0", "1"]), nil where text.holdsOnly(truthWords):
            self.init(name, part, truthValues: text)
        case .categorical where text.holdsDecimals: self.init(name, part, numbersIn: text, isDeclared: false)
        case .categorical, .boolean: self.init(name, part, text: text)
        case nil: self.init(name, part, numbersIn: text, isDeclared: false)
        }
    }

    private init(_ name: String, _ part: RowBatch.Parts, numbersIn text: TextColumn, isDeclared: Bool) {
        if let (values, missing) = text.parsed(as: parseInteger) {
            self.init(name: name, part: part, datatype: .int64, values: .integer(values))
            self.missing = missing
        } else if let (values, missing) = text.parsed(as: parseDouble, elseMissing: isDeclared) {
            self.init(name: name, part: part, datatype: .fp64, values: .real(values))
            self.missing = missing
        } else {
            self.init(name, part, text: text)
        }
    }

    private init(_ name: String, _ part: RowBatch.Parts, truthValues text: TextColumn) {
        let values = (0..<text.count).map { Int64(["true", "True", "TRUE", "1"].contains(text[$0]) ? 1 : 0) }
        self.init(name: name, part: part, datatype: .bool, values: .integer(values))
        missing = text.emptyCells
    }

    private init(_ name: String, _ part: RowBatch.Parts, text: TextColumn) {
        self.init(name: name, part: part, datatype: .bytes, values: .text(text))
        missing = text.emptyCells
    }
}

extension TextColumn {
    fileprivate var emptyCells: [Bool] {
        let cells = (0..<count).map { range($0).isEmpty }
        return cells.contains(true) ? cells : []
    }

    /// Whether all cells but empty ones are numbers with a point: codes that passed through a table of floats,
    /// 3.0 for 3.
    fileprivate var holdsDecimals: Bool {
        var seen = false
        for row in 0..<count where !range(row).isEmpty {
            let cell = bytes.span.extracting(range(row))
            guard bytes[range(row)].contains(UInt8(ascii: ".")), parseDouble(cell) != nil else {
                return false
            }
            seen = true
        }
        return seen
    }

    /// Whether all cells but empty ones are among `words`, and there are some.
    fileprivate func holdsOnly(_ words: [String]) -> Bool {
        var seen = false
        for row in 0..<count where !range(row).isEmpty {
            guard range(row).count <= 5, words.contains(self[row]) else { return false }
            seen = true
        }
        return seen
    }

    /// All values by `parse`, with those that are missing; `nil` when a value does not parse (unless such
    /// values count as missing), or none is there.
    fileprivate func parsed<Value: ExpressibleByIntegerLiteral>(
        as parse: (Span<UInt8>) -> Value?, elseMissing: Bool = false
    ) -> (values: [Value], missing: [Bool])? {
        var values: [Value] = []
        values.reserveCapacity(count)
        var missing = [Bool](repeating: false, count: count)
        var missingCount = 0
        for row in 0..<count {
            let cell = bytes.span.extracting(range(row))
            if let value = parse(cell) {
                values.append(value)
            } else if elseMissing || isMissingNumber(cell) {
                values.append(0)
                missing[row] = true
                missingCount += 1
            } else {
                return nil
            }
        }
        return missingCount == count && !elseMissing ? nil : (values, missingCount > 0 ? missing : [])
    }
}

private let truthWords = ["true", "false", "True", "False", "TRUE", "FALSE"]

private func isMissingNumber(_ cell: Span<UInt8>) -> Bool {
    cell.isEmpty || (cell.count <= 4 && ["NA", "N/A", "null", "NULL", "None"].contains(text(cell)))
}

private func text(_ cell: Span<UInt8>) -> String {
    unsafe cell.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
}

/// A number or a truth value, 0 or 1; NaN for what is missing among numbers, `nil` for text.
package func parseNumber(_ cell: Span<UInt8>) -> Double? {
    if !cell.isEmpty, let short = parseShortDecimal(cell) { return short }
    if isMissingNumber(cell) { return .nan }
    if let number = parseDouble(cell) { return number }
    guard cell.count <= 5, truthWords.contains(text(cell)) else { return nil }
    return cell.count == 4 ? 1 : 0
}

/// A whole number of up to 18 digits.
func parseInteger(_ cell: Span<UInt8>) -> Int64? {
    let start = cell.count > 0 && cell[0] == UInt8(ascii: "-") ? 1 : 0
    guard cell.count > start, cell.count - start <= 18 else { return nil }
    var value: Int64 = 0
    for i in start..<cell.count {
        guard let digit = digit(cell[i]) else { return nil }
        value = value * 10 + digit
    }
    return start == 1 ? -value : value
}

/// A decimal number, `inf` or `nan`.
///
/// Up to 15 digits and a power of ten up to 10²² are both exact as doubles, so their quotient is rounded
/// right (W. D. Clinger, "How to Read Floating Point Numbers Accurately", PLDI 1990); the rest goes the
/// library's slower way.
func parseDouble(_ cell: Span<UInt8>) -> Double? {
    guard !cell.isEmpty else { return nil }
    if let short = parseShortDecimal(cell) { return short }
    let text = text(cell)
    return text.contains { $0 == "x" || $0 == "X" } ? nil : Double(text)
}

private func parseShortDecimal(_ cell: Span<UInt8>) -> Double? {
    let start = cell[0] == UInt8(ascii: "-") ? 1 : 0
    guard cell.count > start, cell.count - start <= 16 else { return nil }
    var (value, point): (Int64, Int?) = (0, nil)
    for i in start..<cell.count {
        let digit = cell[i] &- 0x30
        if digit < 10 {
            value = value &* 10 &+ Int64(digit)
        } else if cell[i] == UInt8(ascii: "."), point == nil {
            point = i
        } else {
            return nil
        }
    }
    let digits = cell.count - start - (point == nil ? 0 : 1)
    guard digits > 0, digits <= 15 else { return nil }
    let number = Double(value) / powersOfTen[point.map { cell.count - 1 - $0 } ?? 0]
    return start == 1 ? -number : number
}

private func digit(_ byte: UInt8) -> Int64? { (0x30...0x39).contains(byte) ? Int64(byte) - 0x30 : nil }

private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
]
