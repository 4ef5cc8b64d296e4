import Drift
import Foundation
import Testing

@testable import Capture

struct PackedRowsTests {
    /// Bits as IEEE 754 and two's complement have them, by Python's struct (BF16 by hand).
    @Test(
        arguments: [
            (.bool, .integer([1]), 1, "true"), (.int8, .integer([-1]), 0xFF, "-1"),
            (.int16, .integer([-2]), 0xFFFE, "-2"), (.int32, .integer([1 << 30]), 1 << 30, "1073741824"),
            (.int64, .integer([.min]), 1 << 63, "-9223372036854775808"),
            (.uint8, .integer([255]), 255, "255"),
            (.uint16, .integer([65535]), 65535, "65535"),
            (.uint32, .integer([4_294_967_295]), 4_294_967_295, "4294967295"),
            (.uint64, .integer([-1]), .max, "18446744073709551615"), (.fp16, .real([1.5]), 0x3E00, "1.5"),
            (.bf16, .real([1.5]), 0x3FC0, "1.5"), (.fp32, .real([0.1]), 0x3DCC_CCCD, "0.1"),
            (.fp64, .real([0.1]), 0x3FB9_9999_9999_999A, "0.1"),
            (.fp64, .real([-0.0]), 1 << 63, "-0.0"), (.fp32, .real([.nan]), 0x7FC0_0000, "NaN"),
            (.fp64, .real([-.infinity]), 0xFFF0_0000_0000_0000, "-inf"),
        ] as [(Datatype, ColumnValues, UInt64, String)])
    func `a value is kept in its own datatype`(
        datatype: Datatype, values: ColumnValues, bits: UInt64, decimal: String
    ) throws {
        let batch = RowBatch(.features, id: "a").with("x", datatype, values)
        let packed = PackedRows(batch, part: .features)
        let value = try #require(packed.layout.unpack([UInt8](packed.row(0)))?.first)
        #expect(value.datatype == datatype)
        #expect(value.content == .bits(bits))
        #expect(value.decimal == decimal)
        #expect(packed.row(0).count == 1 + datatype.packedWidth)
    }

    @Test func `nulls, texts of any size and names of 300 bytes come back as they were`() throws {
        let long = String(repeating: "é", count: 150)
        let huge = String(repeating: "text, \"quoted\"\n", count: 100_000)
        let batch = RowBatch(.features, ids: ["a", "b", "c"])
            .with(long, .bytes, .text(texts(["", huge, "z"])), missing: [false, false, true])
            .with("n", .fp32, .real([1, 7, 3]), missing: [false, true, false])
            .with("b", .bytes, .text(texts(["one", "", "three"])))
        let packed = PackedRows(batch, part: .features)
        #expect(packed.layout.fields.map(\.name) == ["b", "n", long])
        let rows = try (0..<3).map { try #require(packed.layout.unpack([UInt8](packed.row($0)))) }
        #expect(rows[0].map(\.content) == [.text(Array("one".utf8)[...]), .bits(0x3F80_0000), .text([])])
        #expect(rows[1].map(\.content) == [.text([]), .null, .text(Array(huge.utf8)[...])])
        #expect(rows[2].map(\.content) == [.text(Array("three".utf8)[...]), .bits(0x4040_0000), .null])
    }

    @Test func `bytes that are no row are refused, not read past`() {
        let layout = FeatureLayout(fields: [
            .init(name: "a", datatype: .bytes), .init(name: "b", datatype: .int64),
        ])
        for count in 0..<12 { #expect(layout.unpack([UInt8](repeating: 0, count: count)) == nil) }
        #expect(layout.unpack([0, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0]) == nil)
        #expect(layout.unpack([UInt8](repeating: 0, count: 14)) == nil)
        #expect(layout.unpack([UInt8](repeating: 0, count: 13)) != nil)
        #expect(SparseRow.unpack([1, 0, 0, 0, 13, 255, 0, 0, 0]) == nil)
        #expect(SparseRow.unpack([1, 0, 0, 0, 99]) == nil)
    }

    @Test func `rows of more kinds than there are layouts are kept as they were`() async throws {
        try await withStore { store in
            let rows = 600
            for start in stride(from: 0, to: rows, by: 100) {
                let parts = (start..<start + 100).map { number in
                    let named = inputs(["\(number)"]).with(
                        "only \(number)", .bytes, .text(texts(["v\(number)"]))
                    )
                    .with("none", .fp64, .real([0]), missing: [true])
                    return CapturePart(named, arrival: at(0))
                }
                _ = try await store.append(CaptureHandOver(parts), now: at(0))
            }
            let kept = try await store.rows()
            #expect(kept.count == rows)
            for row in kept {
                guard case .text(let id) = row.id else { continue }
                #expect(row.features.map(\.name) == ["age", "fare", "none", "only \(id)"])
                #expect(row.features[0].value == PackedValue(datatype: .int64, content: .bits(0)))
                #expect(row.features[2].value == PackedValue(datatype: .fp64, content: .null))
                #expect(row.features[3].value.content == .text(Array("v\(id)".utf8)[...]))
            }
        }
    }

    @Test func `how rows were packed does not show in their digest`() async throws {
        let (few, many) = (LayoutBook.layoutLimit - 10, LayoutBook.layoutLimit + 10)
        func digest(first: Int) async throws -> String {
            try await withStore { store in
                // Rows that are gone again, but have taken up layouts.
                for number in 0..<first {
                    try await store.append(
                        RowBatch(.features, ids: ["\(number)"], time: at(-1000)).with(
                            "f\(number)", .fp64, .real([1])))
                }
                try await store.append(inputs(["a", "b"]), answers(["a", "b"]))
                return try await store.reader.summary(
                    of: CaptureExport(model: "m", span: CaptureSpan(from: at(0)))
                ).digest
            }
        }
        #expect(try await digest(first: few) == digest(first: many))
    }
}
