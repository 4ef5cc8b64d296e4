import Drift
import Streams
import Testing

struct TensorDecoderTests {
    @Test(arguments: ["[3]", "[3,1]", "[3,1,1]"])
    func `one value a row is one column, whatever the shape says about it`(shape: String) throws {
        let body = #"{"inputs":[{"name":"x","shape":\#(shape),"datatype":"FP64","data":[1.5,null,3]}]}"#
        let batch = try #require(try decode(.inputs, body).first)
        #expect(batch["x"]?.cells == ["1.5", "missing", "3.0"])
        #expect(batch.ids.isEmpty && batch.times.isEmpty && batch.modelVersion == nil)
    }

    @Test(arguments: ["[1,2,3,4,5,6]", "[[1,2],[3,4],[5,6]]"])
    func `a table nests its rows or does not`(data: String) throws {
        let body = #"{"inputs":[{"name":"t","shape":[3,2],"datatype":"INT32","data":\#(data)}]}"#
        let batch = try #require(try decode(.inputs, body, features: ["a", "b"]).first)
        #expect(batch["a"]?.cells == ["1", "3", "5"])
        #expect(batch["b"]?.cells == ["2", "4", "6"])
    }

    @Test func `a table of strings keeps what is missing`() throws {
        let body = #"{"inputs":[{"name":"t","shape":[2,2],"datatype":"BYTES","data":["a","b",null,"ø"]}]}"#
        let batch = try #require(try decode(.inputs, body, features: ["x", "y"]).first)
        #expect(batch["x"]?.cells == ["a", "missing"])
        #expect(batch["y"]?.cells == ["b", "ø"])
    }

    @Test func `probabilities are a column a class`() throws {
        let prediction = ModelSchema.Prediction(tensor: "p", kind: .probabilities, classes: ["no", "yes"])
        let schema = ModelSchema(features: [], prediction: prediction)
        let body =
            #"{"outputs":[{"name":"p","shape":[1,2],"datatype":"FP32","data":[0.25,0.75]},"#
            + #"{"name":"q","shape":[1,2],"datatype":"FP32","data":[1,2]}]}"#
        let batch = try #require(try decode(.predictions, body, schema: schema).first)
        #expect(batch.names == ["p[no]", "p[yes]", "q[0]", "q[1]"])
        #expect(batch["p[yes]"]?.cells == ["0.75"])
    }

    @Test func `labels come under any of the three names, with an id a row`() throws {
        for key in ["labels", "outputs", "inputs"] {
            let body =
                #"{"\#(key)":[{"name":"id","shape":[2],"datatype":"BYTES","data":["a","b"]},"#
                + #"{"name":"y","shape":[2],"datatype":"BOOL","data":[true,0]}]}"#
            let batch = try #require(try decode(.labels, body).first)
            #expect(batch.parts == .labels)
            #expect(batch.idTexts == ["a", "b"])
            #expect(batch.names == ["y"])
            #expect(batch["y"]?.cells == ["1", "0"])
        }
    }

    @Test func `id is a feature where the schema has one of that name`() throws {
        let schema = ModelSchema(features: [Feature(name: "id", kind: .categorical)])
        let body = #"{"inputs":[{"name":"id","shape":[1],"datatype":"BYTES","data":["a"]}]}"#
        let batch = try #require(try decode(.inputs, body, schema: schema).first)
        #expect(batch.names == ["id"])
        #expect(batch.ids.isEmpty)
    }

    @Test(arguments: [
        (#""2013-01-01T10:15:00Z""#, ["2013-01-01T10:15:00Z"]), ("1357035300", ["2013-01-01T10:15:00Z"]),
        ("1357035300.5", ["2013-01-01T10:15:00.500Z"]), ("1357035300000", ["2013-01-01T10:15:00Z"]),
        (#"["2013-01-01T10:15:00Z",null]"#, ["2013-01-01T10:15:00Z", nil]),
    ])
    func `a message's time, or a time a row`(time: String, expected: [String?]) throws {
        let body =
            #"{"parameters":{"time":\#(time)},"inputs":"#
            + #"[{"name":"x","shape":[2],"datatype":"FP64","data":[1,2]}]}"#
        let batch = try #require(try decode(.inputs, body).first)
        #expect(batch.times.map { $0?.description } == expected)
    }

    @Test(arguments: [
        (#""model_version":"7""#, "7"), (#""model_version":7"#, "7"), (#""model_version":null"#, nil),
        (#""model_version":"""#, nil), (#""parameters":{"model_version":"8"}"#, "8"),
        (#""parameters":{"tenant":"x","sequence_id":3,"segment":"eu","unit":"u1","latency_ms":3.5}"#, nil),
    ])
    func `a version is a string, a number or null`(member: String, expected: String?) throws {
        let body = #"{\#(member),"outputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}"#
        #expect(try decode(.predictions, body).first?.modelVersion == expected)
    }

    @Test(arguments: [
        #"{"inputs":[]}"#, #"{"inputs":[{"name":"x","shape":[0],"datatype":"FP64","data":[]}]}"#,
        #"{"inputs":[{"name":"x","shape":[0,1],"datatype":"BYTES","data":[]}]}"#,
    ])
    func `no rows are no error`(body: String) throws {
        #expect(try decode(.inputs, body).isEmpty)
    }

    @Test func `tensors may follow the body in frames of their own, unaligned or not`() throws {
        let header =
            #"{"inputs":[{"name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},"#
            + #"{"name":"j","shape":[2],"datatype":"INT64","data":[1,2]},"#
            + #"{"name":"s","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":10}}]}"#
        let frames: [[UInt8]] = [
            Array(header.utf8), [0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0x7F], [1, 0, 0, 0, 0x61, 1, 0, 0, 0, 0xFF],
        ]
        let batch = try #require(try decode(.inputs, frames).first)
        #expect(batch["x"]?.cells == ["1.0", "nan"])
        #expect(batch["j"]?.cells == ["1", "2"])
        #expect(batch["s"]?.cells == ["a", "\u{FFFD}"])
    }

    @Test(arguments: [UInt8(ascii: " "), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "\"")])
    func `bytes behind the JSON are tensors, even when they look like JSON`(byte: UInt8) throws {
        let header =
            #"{"inputs":[{"name":"}\"{","shape":[4],"datatype":"UINT8","parameters":{"binary_data_size":4}}]}"#
        let batch = try #require(try decode(.inputs, [Array(header.utf8) + [byte, byte, byte, byte]]).first)
        #expect(batch.columns.first?.cells == Array(repeating: "\(byte)", count: 4))
    }

    @Test func `a name of 300 bytes is read`() throws {
        let name = String(repeating: "ø", count: 150)
        let body = #"{"inputs":[{"name":"\#(name)","shape":[1],"datatype":"FP64","data":[1]}]}"#
        #expect(try decode(.inputs, body).first?.names == [name])
    }

    @Test func `columns follow the message, not the one before it`() throws {
        var decoder = StreamDecoder()
        func body(_ names: [String]) -> [UInt8] {
            let tensors = names.map { #"{"name":"\#($0)","shape":[1],"datatype":"INT64","data":[1]}"# }
            return Array(#"{"inputs":[\#(tensors.joined(separator: ","))]}"#.utf8)
        }
        for names in [["a", "b", "c"], ["a"], ["b", "a"], ["a", "b", "c", "d"], []] {
            #expect(try decoder.batches(.inputs, [body(names)]).first?.names ?? [] == names)
        }
    }

    @Test func `a rejected message leaves nothing behind`() throws {
        var decoder = StreamDecoder()
        let good = #"{"id":"1","inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,null]}]}"#
        let bad = #"{"id":"2","inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[null,"a"]}]}"#
        _ = try decoder.batches(.inputs, [Array(good.utf8)])
        #expect(throws: Rejection.self) { try decoder.batches(.inputs, [Array(bad.utf8)]) }
        let batch = try #require(try decoder.batches(.inputs, [Array(good.utf8)]).first)
        #expect(batch["x"]?.cells == ["1.0", "missing"])
        #expect(batch.idTexts == ["1"])
    }
}
