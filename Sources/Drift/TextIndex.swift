/// Finds a text by its bytes without making a string of it; of equal texts the first.
package struct TextIndex: Equatable, Sendable {
    /// Open addressing with linear probing, at most half full; an empty slot holds −1.
    private var slots: [Int32]
    private var hashes: [UInt64]
    private let texts: TextColumn
    /// How many different texts there are.
    package private(set) var count = 0

    package init(_ texts: TextColumn) {
        var size = 2
        while size < 2 * texts.count { size *= 2 }
        slots = Array(repeating: -1, count: size)
        hashes = Array(repeating: 0, count: size)
        self.texts = texts
        for position in 0..<texts.count { insert(position) }
    }

    private mutating func insert(_ position: Int) {
        let texts = texts
        let text = texts.bytes.span.extracting(texts.range(position))
        let hash = stableHash(text)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            if hashes[slot] == hash, texts.equals(Int(slots[slot]), text) { return }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(position)
        hashes[slot] = hash
        count += 1
    }

    /// - Parameter hash: the text's `stableHash`.
    package func position(of text: Span<UInt8>, hash: UInt64) -> Int? {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if hashes[slot] == hash, texts.equals(position, text) { return position }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }
}

extension TextIndex {
    init(_ texts: [String]) {
        var column = TextColumn()
        for text in texts { column.append(text) }
        self.init(column)
    }
}

extension TextColumn {
    package func equals(_ position: Int, _ value: Span<UInt8>) -> Bool {
        let range = range(position)
        guard range.count == value.count else { return false }
        for i in value.indices where bytes[range.lowerBound + i] != value[i] { return false }
        return true
    }

    /// The hash of an element's bytes.
    package func hash(_ position: Int) -> UInt64 { stableHash(bytes.span.extracting(range(position))) }
}

/// FNV-1a to 64 bits: the same on every machine and in every release, so that it may be stored.
/// G. Fowler, L. C. Noll, K.-P. Vo, D. Eastlake, "The FNV Non-Cryptographic Hash Algorithm".
package func stableHash(_ bytes: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in bytes.indices { hash = (hash ^ UInt64(bytes[i])) &* 0x100_0000_01B3 }
    return hash
}
