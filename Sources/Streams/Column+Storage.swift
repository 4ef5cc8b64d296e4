import Drift

// A column's storage is an enum's payload. To write it in place it is taken out, changed and put back: while
// both the enum and a variable held it, every write would copy.

extension ColumnValues {
    mutating func takeReals() -> [Double] {
        guard case .real(let values) = self else { return [] }
        self = .real([])
        return values
    }

    mutating func takeIntegers() -> [Int64] {
        guard case .integer(let values) = self else { return [] }
        self = .integer([])
        return values
    }

    mutating func takeText() -> TextColumn {
        guard case .text(let values) = self else { return TextColumn() }
        self = .text(TextColumn())
        return values
    }

    var count: Int {
        switch self {
        case .real(let values): values.count
        case .integer(let values): values.count
        case .text(let values): values.count
        }
    }
}

extension Array {
    /// Keeps the memory; the elements are to be written over.
    mutating func resize(to count: Int, filler: Element) {
        if self.count > count {
            removeLast(self.count - count)
        } else {
            append(contentsOf: repeatElement(filler, count: count - self.count))
        }
    }
}

extension [Bool] {
    /// Notes that one of `count` rows lacks its value.
    mutating func mark(_ row: Int, of count: Int) {
        if isEmpty { resize(to: count, filler: false) }
        self[row] = true
    }
}
