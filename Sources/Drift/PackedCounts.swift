import Foundation
package import Statistics

/// Cell counts at rest: the cells that are not empty, as LEB128 pairs of (gap to the cell before, count).
///
/// A pane of few rows takes a few bytes, a full one about two bytes a cell. In JSON it is base64.
package struct PackedCounts: Equatable, Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package init(_ counts: CellCounts) { self.init(cells: counts.cells.span) }

    package init(cells: Span<some UnsignedInteger & FixedWidthInteger>) {
        bytes = packed(cells)
    }

    /// Adds these counts to `counts`, which has at least as many cells.
    package func add(to counts: inout [UInt64]) {
        var cells = counts.mutableSpan
        addPairs(bytes.span, to: &cells)
    }

    package func unpacked(cellCount: Int) -> CellCounts {
        var cells = [UInt64](repeating: 0, count: cellCount)
        add(to: &cells)
        return CellCounts(cells)
    }

    package func merged(with other: PackedCounts) -> PackedCounts {
        if bytes.isEmpty { return other }
        if other.bytes.isEmpty { return self }
        var counts = [UInt64](repeating: 0, count: max(cellSpan, other.cellSpan))
        add(to: &counts)
        other.add(to: &counts)
        return PackedCounts(cells: counts.span)
    }
}

// MARK: - LEB128

private func packed(_ cells: Span<some UnsignedInteger & FixedWidthInteger>) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: mostBytes(for: cells))
    var room = bytes.mutableSpan
    let end = pack(cells, into: &room)
    return Array(bytes[..<end])
}

/// Whether a cell is empty is as good as random, so no branch may hang on it: each pair of single bytes is
/// written, and where the cell is empty the next one over it. Emptiness is the sign of −count, for a comparison
/// would become that branch.
///
/// - Returns: how many bytes were written.
private func pack(
    _ cells: Span<some UnsignedInteger & FixedWidthInteger>, into bytes: inout MutableSpan<UInt8>
) -> Int {
    var (position, gap) = (0, 0 as UInt64)
    for cell in cells.indices {
        let count = UInt64(truncatingIfNeeded: cells[cell])
        let filled = (0 &- count) &>> 63
        if count | gap < 0x80 {
            bytes[position] = UInt8(truncatingIfNeeded: gap)
            bytes[position &+ 1] = UInt8(truncatingIfNeeded: count)
            position &+= 2 &* Int(truncatingIfNeeded: filled)
        } else if count > 0 {
            position = append(gap, to: &bytes, at: position)
            position = append(count, to: &bytes, at: position)
        }
        gap = (gap &+ 1) & (filled &- 1)
    }
    return position
}

/// - Returns: where the next number begins.
private func append(_ number: UInt64, to bytes: inout MutableSpan<UInt8>, at start: Int) -> Int {
    var (rest, position) = (number, start)
    while rest >= 0x80 {
        bytes[position] = UInt8(truncatingIfNeeded: rest) | 0x80
        position &+= 1
        rest >>= 7
    }
    bytes[position] = UInt8(truncatingIfNeeded: rest)
    return position &+ 1
}

/// A bound of what `pack` writes: a byte for each gap, one more each time a gap has grown by 128, and what the
/// largest count takes for each count.
private func mostBytes(for cells: Span<some UnsignedInteger & FixedWidthInteger>) -> Int {
    var bits: UInt64 = 0
    for cell in cells.indices { bits |= UInt64(truncatingIfNeeded: cells[cell]) }
    let countBytes = max(1, (UInt64.bitWidth - bits.leadingZeroBitCount + 6) / 7)
    return (1 + countBytes) * cells.count + cells.count / 128 + 2
}

private func addPairs(_ bytes: Span<UInt8>, to cells: inout MutableSpan<UInt64>) {
    var position = 0
    var cell = -1
    while position < bytes.count {
        cell += Int(next(bytes, &position)) + 1
        cells[cell] += next(bytes, &position)
    }
}

private func next(_ bytes: Span<UInt8>, _ position: inout Int) -> UInt64 {
    var number = UInt64(bytes[position])
    position &+= 1
    guard number >= 0x80 else { return number }
    number &= 0x7F
    var shift: UInt64 = 7
    while true {
        let byte = bytes[position]
        position &+= 1
        number |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return number }
        shift += 7
    }
}

extension PackedCounts: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let data = Data(base64Encoded: text), PackedCounts.isWellFormed(data) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "cell counts are damaged"))
        }
        bytes = Array(data)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Data(bytes).base64EncodedString())
    }

    /// What decoded counts may add up to: exact as a double, and their sums are far from overflowing.
    static let largestTotal: UInt64 = 1 << 53

    /// Whole numbers in pairs, none longer than needed and no count 0: equal counts are equal bytes.
    private static func isWellFormed(_ data: Data) -> Bool {
        var (numbers, number, length, total) = (0, UInt64(0), 0, UInt64(0))
        for byte in data {
            guard length < 8, byte != 0 || length == 0 else { return false }
            number |= UInt64(byte & 0x7F) << (7 * length)
            length += 1
            guard byte < 0x80 else { continue }
            if !numbers.isMultiple(of: 2) {
                total += number
                guard number > 0, total <= largestTotal else { return false }
            }
            (numbers, number, length) = (numbers + 1, 0, 0)
        }
        return length == 0 && numbers.isMultiple(of: 2)
    }

    var total: UInt64 {
        let bytes = bytes.span
        var (position, total) = (0, UInt64(0))
        while position < bytes.count {
            _ = next(bytes, &position)
            total += next(bytes, &position)
        }
        return total
    }

    /// The number of cells these counts need; decoded counts are checked against their partition with it.
    package var cellSpan: Int {
        let bytes = bytes.span
        var (position, span) = (0, 0)
        while position < bytes.count {
            let gap = next(bytes, &position)
            guard gap < 1 << 32 else { return .max }
            span += Int(gap) + 1
            _ = next(bytes, &position)
        }
        return span
    }
}
