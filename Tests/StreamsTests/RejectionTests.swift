import Drift
import Streams
import Testing

/// What cannot be read, and how the log will put it.
struct RejectionTests {
    private func expect(
        _ reason: Rejection.Reason, _ detail: String, _ kind: Topic.Kind, _ frames: [[UInt8]],
        limits: DecodingLimits = DecodingLimits(), _ location: SourceLocation = #_sourceLocation
    ) {
        let rejection = #expect(throws: Rejection.self, sourceLocation: location) {
            try decode(kind, frames, limits: limits)
        }
        #expect(rejection == Rejection(reason, detail), sourceLocation: location)
    }

    private func tensor(_ members: String) -> String { #"{"inputs":[{\#(members)}]}"# }

    @Test(arguments: [
        ("", "the body is not JSON"), ("{", "the body is not JSON"), ("not json", "the body is not JSON"),
        (#"{"inputs":[1,]}"#, "the body is not JSON"), (#"{"inputs":[NaNa]}"#, "the body is not JSON"),
        ("{\"a\":1e999}", "the body holds a number that is malformed or out of the range of its type"),
    ])
    func `what is not JSON`(body: String, detail: String) {
        for kind in [Topic.Kind.inputs, .rows] { expect(.badJSON, detail, kind, [Array(body.utf8)]) }
    }

    @Test(arguments: [65, 100, 100_000])
    func `JSON that nests too deep`(depth: Int) {
        let body = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        expect(.badJSON, "the body nests deeper than 64 levels", .inputs, [Array(body.utf8)])
    }

    @Test func `JSON that is not UTF-8`() {
        expect(
            .badUTF8, "the body is not UTF-8", .inputs,
            [Array(#"{"inputs":""#.utf8) + [0xC3, 0x28] + Array("\"}".utf8)])
    }

    @Test(arguments: [
        ("1", "the body is the number 1, not an object"), ("{}", "the body has no 'inputs'"),
        (#"{"inputs":{}}"#, "'inputs' is an object, not an array"),
        (#"{"inputs":[1]}"#, "a tensor is the number 1"),
        (#"{"inputs":[{}]}"#, "a tensor has no name"),
        (
            #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":3}]}"#,
            "the data of tensor 'x' is the number 3"
        ),
        (
            #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]},{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"#,
            "there are two columns 'x'"
        ),
        (
            #"{"specversion":"1.0","type":"a.b","data":{}}"#,
            "the CloudEvent is of type 'a.b', neither a request nor a response"
        ),
    ])
    func `JSON in another form`(body: String, detail: String) {
        expect(.wrongForm, detail, .inputs, [Array(body.utf8)])
    }

    @Test(arguments: [
        (#""name":"x","shape":[1],"data":[1]"#, "tensor 'x' has no datatype"),
        (
            #""name":"x","shape":[1],"datatype":"FP128","data":[1]"#,
            "tensor 'x' has the unknown datatype 'FP128'"
        ),
        (
            #""name":"x","shape":[1],"datatype":"fp32","data":[1]"#,
            "tensor 'x' has the unknown datatype 'fp32'"
        ),
    ])
    func `a datatype that is none`(members: String, detail: String) {
        expect(.unknownDatatype, detail, .inputs, [Array(tensor(members).utf8)])
    }

    @Test(arguments: [
        (#""data":[1]"#, "tensor 'x' has no shape"),
        (#""shape":[],"data":[1]"#, "tensor 'x' has no dimensions"),
        (#""shape":[-1],"data":[1]"#, "tensor 'x' has the number -1 as a dimension"),
        (#""shape":["1"],"data":[1]"#, "tensor 'x' has a string as a dimension"),
        (#""shape":[2,0],"data":[]"#, "tensor 'x' has a dimension of 0 behind the first"),
        (#""shape":[3],"data":[1,2]"#, "tensor 'x' has 2 values, its shape [3] asks for 3"),
        (#""shape":[1],"data":[1,2]"#, "tensor 'x' has 2 or more values, its shape [1] asks for 1"),
        (#""shape":[2,1],"data":[[1,2]]"#, "the data of tensor 'x' is not nested as its shape [2, 1] says"),
        (#""shape":[2],"data":[[1],[2]]"#, "the data of tensor 'x' is not nested as its shape [2] says"),
        (
            #""shape":[1,2],"data":[1,2]"#,
            "tensor 'x' has 2 columns: name them by `features` in the stream's configuration"
        ),
    ])
    func `a shape that does not fit`(members: String, detail: String) {
        expect(
            .wrongShape, detail, .inputs, [Array(tensor(#""name":"x","datatype":"FP32",\#(members)"#).utf8)])
    }

    @Test func `tensors that disagree about the rows`() {
        let body =
            #"{"inputs":[{"name":"a","shape":[1],"datatype":"FP32","data":[1]},{"name":"b","shape":[2],"datatype":"FP32","data":[1,2]}]}"#
        expect(
            .wrongShape, "tensor 'b' has 2 rows, the tensors before it have 1", .inputs, [Array(body.utf8)])
    }

    @Test(arguments: [
        (#""datatype":"FP32","data":[1,"a"]"#, "tensor 'x' is FP32, but its element 1 is a string"),
        (#""datatype":"FP32","data":[true,1]"#, "tensor 'x' is FP32, but its element 0 is true"),
        (#""datatype":"INT8","data":[1,128]"#, "tensor 'x' is INT8, but its element 1 is the number 128"),
        (#""datatype":"UINT8","data":[-1,1]"#, "tensor 'x' is UINT8, but its element 0 is the number -1"),
        (#""datatype":"UINT64","data":[1,-1]"#, "tensor 'x' is UINT64, but its element 1 is the number -1"),
        (
            #""datatype":"INT64","data":[1,9223372036854775808]"#,
            "tensor 'x' is INT64, but its element 1 is the number 9223372036854775808"
        ),
        (#""datatype":"INT32","data":[1,1.5]"#, "tensor 'x' is INT32, but its element 1 is the number 1.5"),
        (#""datatype":"INT32","data":[1,NaN]"#, "tensor 'x' is INT32, but its element 1 is the number nan"),
        (#""datatype":"BOOL","data":[true,2]"#, "tensor 'x' is BOOL, but its element 1 is the number 2"),
        (#""datatype":"BYTES","data":["a",2]"#, "tensor 'x' is BYTES, but its element 1 is the number 2"),
        (#""datatype":"FP64","data":[1,{}]"#, "tensor 'x' is FP64, but its element 1 is an object"),
    ])
    func `a value that its datatype cannot hold`(members: String, detail: String) {
        expect(.wrongType, detail, .inputs, [Array(tensor(#""name":"x","shape":[2],\#(members)"#).utf8)])
    }

    @Test func `tensor data that is not there`() {
        let body = tensor(#""name":"x","shape":[1],"datatype":"FP32""#)
        expect(
            .missingTensorData, "tensor 'x' has neither data nor a binary_data_size", .inputs,
            [Array(body.utf8)])
        let binary = tensor(#""name":"x","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}"#)
        expect(
            .missingTensorData, "the 4 bytes of tensor 'x' are not in the message", .inputs,
            [Array(binary.utf8)])
    }

    @Test(arguments: [
        (
            "FP32", 8, [UInt8](repeating: 0, count: 7),
            "tensor 'x' states a binary_data_size of 8, there are 7 bytes"
        ),
        (
            "FP32", 8, [UInt8](repeating: 0, count: 9),
            "tensor 'x' states a binary_data_size of 8, there are 9 bytes"
        ),
        (
            "FP64", 8, [UInt8](repeating: 0, count: 8),
            "tensor 'x' has 8 bytes, its shape [2] of FP64 asks for 16"
        ),
        ("BYTES", 3, [1, 0, 0], "tensor 'x' ends within its element 0 of 2"),
        ("BYTES", 5, [2, 0, 0, 0, 65], "tensor 'x' ends within its element 0 of 2"),
        ("BYTES", 4, [255, 255, 255, 255], "tensor 'x' ends within its element 0 of 2"),
        ("BYTES", 9, [0, 0, 0, 0, 0, 0, 0, 0, 1], "tensor 'x' has 1 bytes behind its 2 elements"),
    ])
    func `binary tensors that contradict themselves`(
        datatype: String, size: Int, bytes: [UInt8], detail: String
    ) {
        let header = tensor(
            #""name":"x","shape":[2],"datatype":"\#(datatype)","parameters":{"binary_data_size":\#(size)}"#)
        expect(.badTensorData, detail, .inputs, [Array(header.utf8), bytes])
    }

    @Test(arguments: ["-1", "\"8\"", "1.5", "18446744073709551615"])
    func `a binary size that is none`(size: String) {
        let header = tensor(
            #""name":"x","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":\#(size)}"#)
        let rejection = #expect(throws: Rejection.self) { try decode(.inputs, [Array(header.utf8), [1]]) }
        #expect(rejection?.reason == .badTensorData)
    }

    @Test func `frames that nobody asks for`() {
        let body = Array(tensor(#""name":"x","shape":[1],"datatype":"FP32","data":[1]"#).utf8)
        expect(.badFrames, "there are 1 frames more than binary tensors", .inputs, [body, []])
        expect(.badFrames, "the body has 3 bytes behind its last tensor", .inputs, [body + [1, 2, 3]])
        expect(.badFrames, "there are 1 frames behind the body", .rows, [Array("[]".utf8), [1]])
        expect(.badFrames, "the message has no body", .inputs, [])
    }

    @Test(arguments: [
        (#""noon""#, "the time 'noon' is neither RFC 3339 nor a Unix time"),
        ("true", "the time true is neither RFC 3339 nor a Unix time"),
        ("[1,2]", "there are 2 times for 1 rows"),
    ])
    func `a time that is none`(time: String, detail: String) {
        let body =
            #"{"parameters":{"time":\#(time)},"inputs":[{"name":"x","shape":[1],"datatype":"FP32","data":[1]}]}"#
        expect(.badTime, detail, .inputs, [Array(body.utf8)])
    }
}
