import Drift
import Streams
import Testing

/// Bodies of the real tritonclient, kserve and cloudevents packages.
struct ClientBodiesTests {
    private let features = ["amount", "items", "risk", "age"]

    @Test(arguments: ["triton-request.json", "triton-request.bin"])
    func `a table and a column of a tritonclient request become five columns`(name: String) throws {
        let batch = try #require(try decode(.inputs, [try fixture(name)], features: features).first)
        #expect(batch.names == features + ["country"])
        #expect(batch.count == 3)
        #expect(batch.parts == .features)
        #expect(batch.idTexts == ["req-1"])
        #expect(batch["risk"]?.cells == ["0.4099999964237213", "0.07000000029802322", "0.9300000071525574"])
        #expect(batch["country"]?.cells == ["NO", "PT", "ÅX"])
        #expect(batch["risk"]?.datatype == .fp32)
    }

    @Test(arguments: ["triton-columns.json", "triton-columns.bin"])
    func `every datatype keeps its extremes`(name: String) throws {
        let batch = try #require(try decode(.inputs, [try fixture(name)]).first)
        let expected = [
            "x_bool": ["1", "0"], "x_int8": ["-128", "127"], "x_int16": ["-32768", "32767"],
            "x_int32": ["-2147483648", "2147483647"],
            "x_int64": ["9007199254740993", "-9223372036854775808"],
            "x_uint8": ["0", "255"], "x_uint16": ["0", "65535"], "x_uint32": ["0", "4294967295"],
            "x_uint64": ["7", "18446744073709551615"], "x_fp32": ["0.10000000149011612", "-inf"],
            "x_fp64": ["0.1", "5e-324"], "x_bytes": ["", "Ørsted"],
            "x_fp16": ["inf", "0.3330078125"], "x_bf16": ["3.140625", "-1.0"],
        ]
        #expect(batch.columns.count == (name.hasSuffix("bin") ? 14 : 12))
        for column in batch.columns {
            #expect(column.cells == expected[column.name], "\(column.name)")
            #expect(column.datatype.rawValue.lowercased() == column.name.dropFirst(2))
        }
    }

    @Test func `bare NaN and infinities are values, not missing ones`() throws {
        let batch = try #require(try decode(.inputs, [try fixture("triton-nan.json")]).first)
        #expect(batch["x"]?.cells == ["1.0", "nan", "inf", "-inf"])
    }

    @Test func `KServe's binary request decodes`() throws {
        let body = try fixture("kserve-request.bin")
        let batch = try #require(try decode(.inputs, [body], features: ["a", "b"]).first)
        #expect(batch["a"]?.cells == ["129.89999389648438", "18.25"])
        #expect(batch["b"]?.cells == ["3.0", "1.0"])
        #expect(batch.idTexts == ["req-k1"])
    }

    @Test(arguments: [("kserve-response.json", "7"), ("kserve-response.bin", nil)])
    func `a response carries its version, and null is none`(name: String, version: String?) throws {
        let batch = try #require(try decode(.predictions, [try fixture(name)]).first)
        #expect(batch.parts == .predictions)
        #expect(batch.modelVersion == version)
        #expect(batch["score"]?.cells.count == 3)
        #expect(batch["label"]?.cells == ["ok", "ok", "fraud"])
    }

    @Test(arguments: ["event-request.json", "event-request-base64.json"])
    func `a CloudEvent's id and time stand for the request's`(name: String) throws {
        let batch = try #require(try decode(.inputs, [try fixture(name)], features: features).first)
        #expect(batch.idTexts == ["8b1f6f0e-51a7-4d0c-9a0e-3f3a0f1c7a11"])
        #expect(batch.time(ofRow: 2)?.description == "2026-05-01T12:00:00.123456Z")
        #expect(batch["amount"]?.cells == ["129.89999389648438", "18.25", "2410.0"])
    }

    @Test func `a CloudEvent knows itself whether it is a request or a response`() throws {
        let batch = try #require(try decode(.inputs, [try fixture("event-response.json")]).first)
        #expect(batch.parts == .predictions)
        #expect(batch.modelVersion == "7")
    }
}
