import Drift
import Testing

@testable import Capture

struct ServedRowsTests {
    private func rows(_ store: CaptureStore, _ span: CaptureSpan = CaptureSpan()) async throws -> [ServedRow]
    {
        try await store.reader.reduceRows(of: span, into: []) { $0.append($1) }
    }

    @Test func `rows come as they were served, in order of their time`() async throws {
        try await withStore { store in
            let late = RowBatch(.features, id: "late", rows: 2, time: at(2), version: "7")
                .with("fare", .fp32, .real([Double(Float(7.1)), .nan]))
                .with("sex", .bytes, .text(texts(["", "female"])))
                .with("seen", .bool, .integer([1, 0]), missing: [false, true])
                .with("serial", .uint64, .integer([-1, 3]))
            try await store.append(late, inputs(["early"], time: at(1)))
            let rows = try await rows(store)
            #expect(rows.map(\.time) == [at(1), at(2), at(2)])
            #expect(rows[0].id == Array("early".utf8))
            #expect(Set(rows.map(\.key)) == ["early", "late", "late:1"])
            #expect(rows[0].version == nil && rows[1].version == "7")
            let first = try #require(rows.first { $0.key == "late" })
            #expect(
                first.features == [
                    .init(name: "fare", datatype: .fp32, value: .number(Double(Float(7.1)))),
                    .init(name: "seen", datatype: .bool, value: .number(1)),
                    .init(name: "serial", datatype: .uint64, value: .number(0x1p64)),
                    .init(name: "sex", datatype: .bytes, value: .null),
                ])
            let second = try #require(rows.first { $0.key == "late:1" })
            #expect(second.features.map(\.value) == [.null, .null, .number(3), .text("female")])
        }
    }

    @Test func `a span has the rows that were fed in it, answered or not`() async throws {
        try await withStore { store in
            try await store.append(
                inputs(["a"], time: at(1)), inputs(["b"], time: at(2)), inputs(["c"], time: at(3)),
                answers(["b"], version: nil), answers(["only answered"], time: at(2)))
            #expect(try await rows(store, CaptureSpan(from: at(2), to: at(3))).map(\.key) == ["b"])
            #expect(try await rows(store, CaptureSpan(version: .named("8"))).isEmpty)
        }
    }

    @Test func `what the caller throws ends the reading`() async throws {
        struct Enough: Error {}
        try await withStore { store in
            try await store.append(inputs(["a", "b"]))
            await #expect(throws: Enough.self) {
                try await store.reader.reduceRows(of: CaptureSpan(), into: 0) { _, _ in throw Enough() }
            }
        }
    }
}
