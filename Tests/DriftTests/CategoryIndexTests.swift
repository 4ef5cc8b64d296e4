import Drift
import Testing

@Suite struct CategoryIndexTests {
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
}
