import Drift
import Streams
import Testing

struct RowsDecoderTests {
    @Test func `one object is one row with all its parts`() throws {
        let body = """
            {"id":"r1","time":"2013-01-01T10:15:00Z","model_version":"7",
             "features":{"a":1.5,"b":3,"c":"NO","d":true,"e":null},"prediction":0.25,"label":false}
            """
        let batch = try #require(try decode(.rows, body).first)
        #expect(batch.parts == [.features, .predictions, .labels])
        #expect(batch.idTexts == ["r1"])
        #expect(batch.modelVersion == "7")
        #expect(batch.time(ofRow: 0)?.description == "2013-01-01T10:15:00Z")
        #expect(batch.names == ["a", "b", "c", "d", "e", "prediction", "label"])
        #expect(batch.columns.map(\.datatype) == [.fp64, .int64, .bytes, .bool, .fp64, .fp64, .bool])
        #expect(batch.columns.map { $0.cells[0] } == ["1.5", "3", "NO", "1", "missing", "0.25", "0"])
        #expect(batch.columns.map(\.part).suffix(2) == [.predictions, .labels])
    }

    @Test func `the schema names the answer and the label`() throws {
        let schema = ModelSchema(
            features: [], prediction: .init(tensor: "score", kind: .probabilities, classes: ["no", "yes"]),
            label: .init(tensor: "late", kind: "boolean"))
        let single = try #require(try decode(.rows, #"{"prediction":1,"label":2}"#, schema: schema).first)
        #expect(single.names == ["score", "late"])
        let named = try #require(try decode(.rows, #"{"prediction":{"x":1,"y":"z"}}"#, schema: schema).first)
        #expect(named.names == ["x", "y"])
        let classes = try #require(try decode(.rows, #"{"prediction":[0.1,0.9]}"#, schema: schema).first)
        #expect(classes.names == ["score[no]", "score[yes]"])
    }

    @Test func `rows that differ in features fill what they lack`() throws {
        let body = #"[{"features":{"a":1,"b":2}},{"features":{"b":3,"c":"x"}},{"features":{"a":4}}]"#
        let batch = try #require(try decode(.rows, body).first)
        #expect(batch["a"]?.cells == ["1", "missing", "4"])
        #expect(batch["b"]?.cells == ["2", "3", "missing"])
        #expect(batch["c"]?.cells == ["missing", "x", "missing"])
    }

    @Test(arguments: [
        ("[1,2.5]", Datatype.fp64, ["1.0", "2.5"]), ("[2.5,1]", .fp64, ["2.5", "1.0"]),
        ("[null,7]", .int64, ["missing", "7"]), ("[null,null]", .fp64, ["missing", "missing"]),
        ("[1,18446744073709551615]", .uint64, ["1", "18446744073709551615"]),
        ("[18446744073709551615,1]", .uint64, ["18446744073709551615", "1"]),
        ("[18446744073709551615,-1]", .fp64, ["1.8446744073709552e+19", "-1.0"]),
        ("[-1,18446744073709551615]", .fp64, ["-1.0", "1.8446744073709552e+19"]),
        ("[18446744073709551615,0.5]", .fp64, ["1.8446744073709552e+19", "0.5"]),
        ("[9007199254740993,-9223372036854775808]", .int64, ["9007199254740993", "-9223372036854775808"]),
        ("[null,\"a\"]", .bytes, ["missing", "a"]), ("[NaN,-Infinity]", .fp64, ["nan", "-inf"]),
        ("[\"NaN\",\"x\"]", .bytes, ["NaN", "x"]), ("[true,null]", .bool, ["1", "missing"]),
    ])
    func `a column is as wide as its values need`(values: String, datatype: Datatype, cells: [String]) throws
    {
        let items = values.dropFirst().dropLast().split(separator: ",")
        let body = "[" + items.map { #"{"features":{"x":\#($0)}}"# }.joined(separator: ",") + "]"
        let batch = try #require(try decode(.rows, body).first)
        #expect(batch["x"]?.datatype == datatype)
        #expect(batch["x"]?.cells == cells)
    }

    @Test func `a column without a value takes its type from the schema`() throws {
        let kinds: [(Feature.Kind, Datatype)] = [
            (.numeric, .fp64), (.categorical, .bytes), (.boolean, .bool),
        ]
        for (kind, datatype) in kinds {
            let schema = ModelSchema(features: [Feature(name: "x", kind: kind)])
            let batch = try #require(try decode(.rows, #"{"features":{"x":null}}"#, schema: schema).first)
            #expect(batch["x"]?.datatype == datatype)
            #expect(batch["x"]?.cells == ["missing"])
        }
    }

    @Test func `rows of other parts, versions or without an id make batches of their own`() throws {
        let body = """
            [{"id":"1","features":{"a":1}},{"id":"1","label":0},{"id":"2","features":{"a":2}},
             {"id":"3","model_version":"8","features":{"a":3}},{"features":{"a":4}},{"id":5,"features":{"a":5}}]
            """
        let batches = try decode(.rows, body)
        #expect(batches.map(\.parts) == [.features, .labels, .features, .features])
        #expect(batches.map(\.idTexts) == [["1", "2", "5"], ["1"], ["3"], []])
        #expect(batches.map(\.modelVersion) == [nil, nil, "8", nil])
        #expect(batches[0]["a"]?.cells == ["1", "2", "5"])
    }

    @Test func `only some rows have a segment, and the next message none`() throws {
        var decoder = StreamDecoder(schema: nil, features: nil, limits: DecodingLimits())
        let mixed =
            #"[{"features":{"x":1}},{"features":{"x":2},"segment":"eu"},{"features":{"x":3},"segment":7}]"#
        let batch = try #require(try decoder.batches(.rows, [Array(mixed.utf8)]).first)
        #expect((0..<3).map { batch.segment(ofRow: $0) } == [nil, "eu", "7"])
        #expect(batch.selecting([1]).segment(ofRow: 0) == "eu")
        let plain = try #require(try decoder.batches(.rows, [Array(#"{"features":{"x":1}}"#.utf8)]).first)
        #expect(plain.segment(ofRow: 0) == nil)
    }

    @Test func `a request's segment is that of all its rows`() throws {
        let body = #"""
            {"id":"a","parameters":{"segment":"eu"},
             "inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,2]}]}
            """#
        let batch = try #require(try decode(.inputs, body).first)
        #expect((0..<2).map { batch.segment(ofRow: $0) } == ["eu", "eu"])
    }

    @Test func `only some rows have a time`() throws {
        let batch = try #require(
            try decode(.rows, #"[{"label":1},{"label":1,"time":1357035300},{"label":1}]"#).first)
        #expect((0..<3).map { batch.time(ofRow: $0)?.description } == [nil, "2013-01-01T10:15:00Z", nil])
    }

    @Test func `no rows are no error`() throws {
        #expect(try decode(.rows, "[]").isEmpty)
    }

    @Test(arguments: [
        ("1", Rejection(.wrongForm, "row 0 is the number 1, not an object")),
        (#"[{"label":1},"x"]"#, Rejection(.wrongForm, "row 1 is a string, not an object")),
        (#"{"id":"1"}"#, Rejection(.wrongForm, "row 0 has neither features nor a prediction nor a label")),
        (#"{"features":[1]}"#, Rejection(.wrongForm, "the features of row 0 are an array, not an object")),
        (#"{"features":{"a":[1]}}"#, Rejection(.wrongType, "row 0: 'a' is an array")),
        (#"{"features":{"a":1,"a":2}}"#, Rejection(.wrongForm, "row 0: 'a' is there twice")),
        (
            #"[{"label":1},{"label":"x"}]"#,
            Rejection(.wrongType, "row 1: 'label' is a string, in the rows before it was INT64")
        ),
        (
            #"{"label":1,"time":"noon"}"#,
            Rejection(.badTime, "row 0: the time 'noon' is neither RFC 3339 nor a Unix time")
        ),
    ])
    func `what is wrong is said with its row`(body: String, rejection: Rejection) {
        #expect(throws: rejection) { try decode(.rows, body) }
    }

    @Test func `a message counts in full or not at all`() throws {
        var decoder = StreamDecoder()
        #expect(throws: Rejection.self) {
            try decoder.batches(.rows, [Array(#"[{"label":1},{"features":{"a":1}},7]"#.utf8)])
        }
        let batches = try decoder.batches(.rows, [Array(#"{"features":{"b":2}}"#.utf8)])
        #expect(batches.map(\.names) == [["b"]])
        #expect(batches.first?["b"]?.cells == ["2"])
    }

    @Test func `columns of the message before are gone, and found again`() throws {
        var decoder = StreamDecoder()
        for names in [["a", "b", "c"], ["c"], ["b", "a"], ["a", "b", "c", "d"]] {
            let members = names.map { #""\#($0)":1"# }.joined(separator: ",")
            let batch = try #require(
                try decoder.batches(.rows, [Array(#"{"features":{\#(members)}}"#.utf8)]).first)
            #expect(Set(batch.names) == Set(names))
            #expect(batch.columns.allSatisfy { $0.cells == ["1"] })
        }
    }

    @Test func `many nulls before the first values take time in proportion`() throws {
        let nulls = String(repeating: #"{"features":{"x":null}},"#, count: 200_000)
        let values = Array(repeating: #"{"features":{"x":1}}"#, count: 200_000).joined(separator: ",")
        let batch = try #require(try decode(.rows, "[\(nulls)\(values)]").first)
        #expect(batch["x"]?.missing.count == 400_000)
    }
}
