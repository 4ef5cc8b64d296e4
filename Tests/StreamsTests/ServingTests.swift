import Drift
import Streams
import Testing

/// Whom requests were about, how long their answers took, and how they failed.
struct ServingTests {
    // MARK: Rows

    @Test func `rows say whom they are about, how long they took and how they failed`() throws {
        let body = """
            [{"id":"1","prediction":0.5,"unit":"ann","latency_ms":12.5},{"id":"2","prediction":0.5},
             {"id":"3","prediction":0.5,"unit":7,"latency_ms":3,"error":"invalid"},
             {"id":"4","prediction":0.5,"unit":"","latency_ms":null,"error":null}]
            """
        let batch = try #require(try decode(.rows, body).first)
        #expect((0..<4).map(batch.unit) == ["ann", nil, "7", nil])
        #expect((0..<4).map(batch.latency) == [12.5, nil, 3, nil])
        #expect((0..<4).map(batch.error) == [nil, nil, .invalid, nil])
    }

    @Test func `rows without such keys carry nothing of them`() throws {
        let batch = try #require(try decode(.rows, #"[{"id":"1","label":1},{"id":"2","label":0}]"#).first)
        #expect(batch.units.isEmpty && batch.latencies.isEmpty && batch.errors.isEmpty)
        #expect(batch.unit(ofRow: 1) == nil && batch.latency(ofRow: 1) == nil && batch.error(ofRow: 1) == nil)
    }

    @Test(arguments: [
        (#""timeout""#, ServingError.timeout), (#""invalid""#, .invalid), (#""exception""#, .exception),
        (#""CUDA out of memory""#, .exception), (#"{"code":500}"#, .exception), ("true", .exception),
    ])
    func `what a service says in words of its own is an exception`(
        value: String, error: ServingError
    ) throws {
        let row = try #require(try decode(.rows, #"{"id":"1","error":\#(value)}"#).first)
        #expect(row.parts.isEmpty && row.count == 1 && row.columns.isEmpty)
        #expect(row.error(ofRow: 0) == error)
        let answer = try #require(
            try decode(.predictions, #"{"id":"1","parameters":{"error":\#(value)}}"#).first)
        #expect(answer.parts.isEmpty && answer.count == 1)
        #expect(answer.error(ofRow: 0) == error)
    }

    @Test func `rows that failed make a batch of their own, whatever came before`() throws {
        var decoder = StreamDecoder()
        let served = #"{"id":"1","features":{"a":1},"prediction":0.5,"unit":"u","latency_ms":1}"#
        _ = try decoder.batches(.rows, [Array(served.utf8)])
        let failed = #"[{"id":"2","model_version":"3","unit":"v","error":"timeout"},\#(served)]"#
        let batches = try decoder.batches(.rows, [Array(failed.utf8)])
        #expect(batches.map(\.parts) == [[], [.features, .predictions]])
        #expect(batches.map(\.modelVersion) == ["3", nil])
        #expect(batches.map { $0.unit(ofRow: 0) } == ["v", "u"])
        #expect(batches.map { $0.error(ofRow: 0) } == [.timeout, nil])
        #expect(batches[0].columns.isEmpty && batches[0].latencies.isEmpty)
    }

    @Test func `selected rows keep theirs`() throws {
        let body =
            #"[{"label":1,"unit":"a"},{"label":1,"latency_ms":2},{"label":1,"error":"timeout","unit":"c"}]"#
        let batch = try #require(try decode(.rows, body).first).selecting([2, 1])
        #expect((0..<2).map(batch.unit) == ["c", nil])
        #expect((0..<2).map(batch.latency) == [nil, 2])
        #expect((0..<2).map(batch.error) == [.timeout, nil])
    }

    // MARK: Tensors

    private static let outputs = #""outputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,2]}]"#

    private func answer(_ parameters: String) throws -> RowBatch {
        try #require(
            try decode(.predictions, #"{"id":"a","parameters":{\#(parameters)},\#(Self.outputs)}"#).first)
    }

    @Test func `one value is every row's`() throws {
        let batch = try answer(#""unit":"ann","latency_ms":40,"error":"timeout""#)
        #expect((0..<2).map(batch.unit) == ["ann", "ann"])
        #expect((0..<2).map(batch.latency) == [40, 40])
        #expect((0..<2).map(batch.error) == [.timeout, .timeout])
        #expect(batch.parts == .predictions && batch.count == 2)
    }

    @Test func `an array has one a row`() throws {
        let batch = try answer(#""unit":["ann",null],"latency_ms":[null,2],"error":[null,"invalid"]"#)
        #expect((0..<2).map(batch.unit) == ["ann", nil])
        #expect((0..<2).map(batch.latency) == [nil, 2])
        #expect((0..<2).map(batch.error) == [nil, .invalid])
    }

    @Test(arguments: [
        (#""unit":["a"]"#, "there are 1 units for 2 rows"),
        (#""latency_ms":[1,2,3]"#, "there are 3 values of latency_ms for 2 rows"),
        (#""error":[]"#, "there are 0 errors for 2 rows"),
    ])
    func `an array of another length is rejected`(parameters: String, detail: String) {
        #expect(throws: Rejection(.wrongShape, detail)) { try answer(parameters) }
    }

    @Test func `an answer may be an error without outputs`() throws {
        let one = try #require(
            try decode(.predictions, #"{"id":"a","model_version":"4","parameters":{"error":"timeout"}}"#)
                .first)
        #expect(one.parts.isEmpty && one.count == 1 && one.idTexts == ["a"] && one.modelVersion == "4")
        let three = try #require(
            try decode(
                .predictions, #"{"id":"a","parameters":{"error":"timeout","unit":["x","y","z"]}}"#
            ).first)
        #expect(three.count == 3)
        #expect((0..<3).map(three.unit) == ["x", "y", "z"])
    }

    @Test func `a decoder forgets what the last message said`() throws {
        var decoder = StreamDecoder()
        let failed = #"{"id":"a","parameters":{"unit":"u","latency_ms":1,"error":"timeout"}}"#
        #expect(try decoder.batches(.predictions, [Array(failed.utf8)])[0].parts.isEmpty)
        let served = try decoder.batches(.predictions, [Array("{\(Self.outputs)}".utf8)])[0]
        #expect(served.parts == .predictions && served.count == 2)
        #expect(served.units.isEmpty && served.latencies.isEmpty && served.errors.isEmpty)
    }

    @Test(arguments: ["-1", "-0.001", "NaN", "Infinity", #""12""#, "true", "{}"])
    func `a latency that is no number of milliseconds is rejected`(value: String) {
        let rejections = [
            #expect(throws: Rejection.self) {
                try decode(.rows, #"{"id":"1","label":1,"latency_ms":\#(value)}"#)
            },
            #expect(throws: Rejection.self) { try answer(#""latency_ms":\#(value)"#) },
            #expect(throws: Rejection.self) { try answer(#""latency_ms":[1,\#(value)]"#) },
        ]
        for rejection in rejections { #expect(rejection?.reason == .badLatency) }
    }
}
