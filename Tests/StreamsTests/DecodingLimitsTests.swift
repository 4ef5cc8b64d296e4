import Drift
import Streams
import Testing

struct DecodingLimitsTests {
    private func rejection(_ body: String, _ change: (inout DecodingLimits) -> Void = { _ in }) -> Rejection?
    {
        var limits = DecodingLimits()
        change(&limits)
        let kind: Topic.Kind = body.contains("inputs") ? .inputs : .rows
        return #expect(throws: Rejection.self) { try decode(kind, body, limits: limits) }
    }

    @Test(arguments: [
        "[4611686018427387904,4]", "[3000000000,3000000000,4]", "[1,9223372036854775807,2]", "[1000001]",
    ])
    func `shapes whose product overflows, or is beyond any message`(shape: String) {
        let body = #"{"inputs":[{"name":"x","shape":\#(shape),"datatype":"FP32","data":[1]}]}"#
        #expect(rejection(body)?.reason == .oversized)
    }

    @Test func `each limit is named`() {
        let rows = #"[{"features":{"a":1,"b":2}},{"features":{"c":3}}]"#
        #expect(rejection(rows) { $0.rows = 1 }?.detail == "the message has 2 rows, max_rows is 1")
        #expect(
            rejection(rows) { $0.columns = 2 }?.detail == "row 1: the message has 3 columns, max_columns is 2"
        )
        #expect(
            rejection(rows) { $0.cells = 5 }?.detail
                == "row 1: the message has 6 cells (rows × columns), max_cells is 5")
        #expect(
            rejection(rows) { $0.messageBytes = 8 }?.detail
                == "the message has 56 bytes, max_message_bytes is 8")
        let named = #"{"features":{"\#(String(repeating: "n", count: 1025))":1}}"#
        #expect(rejection(named)?.detail.hasSuffix("…' has 1025 bytes, 1024 are allowed") == true)
    }

    @Test func `rows that each name other features do not multiply`() {
        let rows = (0..<9000).map { #"{"features":{"f\#($0)":1}}"# }
        #expect(rejection("[\(rows.joined(separator: ","))]")?.reason == .oversized)
    }

    @Test func `a message of a million categories is read`() throws {
        let categories = (0..<1_000_000).map { "\"c\($0)\"" }.joined(separator: ",")
        let body = #"{"inputs":[{"name":"x","shape":[1000000],"datatype":"BYTES","data":[\#(categories)]}]}"#
        let batch = try #require(try decode(.inputs, body).first)
        #expect(batch.count == 1_000_000)
        #expect(batch["x"]?.cells.last == "c999999")
    }
}
