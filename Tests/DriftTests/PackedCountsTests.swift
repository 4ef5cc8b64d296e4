import Drift
import Foundation
import Statistics
import Testing

@Suite struct PackedCountsTests {
    private static func draw(_ random: inout SplitMix64) -> [UInt64] {
        (0..<random.below(400)).map { _ in
            random.below(3) == 0 ? UInt64.random(in: 0...(1 << UInt64(random.below(40))), using: &random) : 0
        }
    }

    @Test func `counts come back as they were`() throws {
        var random = SplitMix64(1)
        for _ in 0..<200 {
            let counts = Self.draw(&random)
            let packed = PackedCounts(cells: counts)
            #expect(packed.unpacked(cellCount: counts.count) == CellCounts(counts))
            #expect(packed.cellSpan == (counts.lastIndex { $0 > 0 }.map { $0 + 1 } ?? 0))
            let json = try JSONEncoder().encode(packed)
            #expect(try JSONDecoder().decode(PackedCounts.self, from: json) == packed)
        }
    }

    @Test func `merging packed counts adds them`() {
        var random = SplitMix64(2)
        for _ in 0..<200 {
            let (a, b) = (Self.draw(&random), Self.draw(&random))
            let cells = max(a.count, b.count)
            let sum = (0..<cells).map { (a.indices ~= $0 ? a[$0] : 0) + (b.indices ~= $0 ? b[$0] : 0) }
            let merged = PackedCounts(cells: a).merged(with: PackedCounts(cells: b))
            #expect(merged == PackedCounts(cells: sum))
        }
    }

    @Test func `empty cells take no room`() {
        var sparse = [UInt32](repeating: 0, count: 8191)
        #expect(PackedCounts(cells: sparse).bytes.isEmpty)
        sparse[4095] = 1
        #expect(PackedCounts(cells: sparse).bytes == [0xFF, 0x1F, 1])
    }

    /// Each is base64 of the bytes beside it.
    @Test(arguments: [
        ("not base64 !", "no base64"),
        ("gA==", "80: a number that does not end"),
        ("BQ==", "05: a gap without its count"),
        ("AAA=", "00 00: a count of nothing"),
        ("gAAB", "80 00 01: a gap longer than it needs to be"),
        ("AIEA", "00 81 00: a count longer than it needs to be"),
        ("AP////////////8B", "00 ff ff ff ff ff ff ff ff ff ff 01: a count beyond 64 bits"),
        ("AIGAgICAgIAQ", "00 81 80 80 80 80 80 80 10: one more than 2⁵³"),
        ("AICAgICAgIAQAAE=", "00 2⁵³ 00 1: a total beyond 2⁵³"),
    ])
    func `hostile counts are refused`(base64: String, bytes: String) {
        let error = #expect(throws: DecodingError.self, "\(bytes)") {
            try JSONDecoder().decode([PackedCounts].self, from: Data("[\"\(base64)\"]".utf8))
        }
        #expect(error?.plainDescription == "cell counts are damaged at Index 0")
    }

    @Test func `the largest count is read`() throws {
        let json = Data(#"["AICAgICAgIAQ"]"#.utf8)
        let counts = try JSONDecoder().decode([PackedCounts].self, from: json)[0]
        #expect(counts.unpacked(cellCount: 1).cells == [1 << 53])
    }

    @Test func `a cell far away is seen before it is unpacked`() throws {
        // ff ff ff ff 7f 01: a gap of 2³⁵ − 1; ff … 7f 01: one of 2⁵⁶ − 1.
        for (base64, span) in [("/////38B", Int.max), ("/////////38B", Int.max), ("/38B", 1 << 14)] {
            let json = Data("[\"\(base64)\"]".utf8)
            #expect(try JSONDecoder().decode([PackedCounts].self, from: json)[0].cellSpan == span)
        }
    }
}
