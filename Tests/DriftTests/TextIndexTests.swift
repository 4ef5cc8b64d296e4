import Drift
import Testing

@Suite struct TextIndexTests {
    /// The vectors of N. Noll's FNV page for 64-bit FNV-1a.
    @Test(
        arguments: [
            ("", 0xCBF2_9CE4_8422_2325), ("a", 0xAF63_DC4C_8601_EC8C), ("foobar", 0x8594_4171_F739_67E8),
        ] as [(String, UInt64)])
    func `the stable hash is FNV-1a`(text: String, hash: UInt64) {
        #expect(stableHash(Array(text.utf8).span) == hash)
        var column = TextColumn()
        column.append("before")
        column.append(text)
        #expect(column.hash(1) == hash)
    }

    @Test func `of equal texts the first is found, and what is not there is not`() {
        var texts = TextColumn()
        for text in ["b", "a", "b", "", "a", "é", "e\u{301}"] { texts.append(text) }
        let index = TextIndex(texts)
        #expect(index.count == 5)
        func position(_ text: String) -> Int? {
            let bytes = Array(text.utf8)
            return index.position(of: bytes.span, hash: stableHash(bytes.span))
        }
        #expect(["b", "a", "", "é", "e\u{301}", "c"].map(position) == [0, 1, 3, 5, 6, nil])
    }
}
