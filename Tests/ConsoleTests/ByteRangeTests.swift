import Testing

@testable import Console

struct ByteRangeTests {
    @Test(
        arguments: [
            (nil, 10, .whole), ("bytes=0-0", 10, .part(0..<1)), ("bytes=0-", 10, .part(0..<10)),
            ("bytes=2-4", 10, .part(2..<5)), ("Bytes=2-4", 10, .part(2..<5)),
            ("bytes=9-9", 10, .part(9..<10)),
            ("bytes=5-99999999999999999999", 10, .part(5..<10)), ("bytes=-3", 10, .part(7..<10)),
            ("bytes=-99", 10, .part(0..<10)), ("bytes=-99999999999999999999", 10, .part(0..<10)),
            ("bytes=10-", 10, .unsatisfiable), ("bytes=99999999999999999999-", 10, .unsatisfiable),
            ("bytes=-0", 10, .unsatisfiable), ("bytes=0-", 0, .unsatisfiable),
            ("bytes=-1", 0, .unsatisfiable),
            ("bytes=4-2", 10, .whole), ("bytes=", 10, .whole), ("bytes=-", 10, .whole),
            ("bytes=a-b", 10, .whole),
            ("bytes=1", 10, .whole), ("bytes=1-2-3", 10, .whole), ("bytes=+1-2", 10, .whole),
            ("bytes=0-1,3-4", 10, .whole), ("lines=1-2", 10, .whole), ("", 10, .whole),
            ("bytes=--1", 10, .whole),
        ] as [(String?, Int64, ByteRange)])
    func `a range is part of a file, beyond it, or not understood`(
        header: String?, size: Int64, range: ByteRange
    ) {
        #expect(ByteRange(header, size: size) == range)
    }
}
