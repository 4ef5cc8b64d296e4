import Testing

@testable import Console

@Suite struct JSONTests {
    /// Python's `json.dumps(…, ensure_ascii=False, separators=(",", ":"), sort_keys=True)`.
    @Test(
        arguments: [
            ("null", .null), ("true", .bool(true)), ("-9223372036854775808", .integer(.min)),
            ("0.1", .number(0.1)), ("1.0", .number(1)), ("-0.0", .number(-0.0)),
            ("5e-324", .number(.leastNonzeroMagnitude)),
            ("1e+16", .number(1e16)), ("[]", .array([])), ("{}", .object([:])),
            ("[1,[2,\"\"]]", [.integer(1), [.integer(2), .text("")]]),
            ("{\"a\":{},\"b\":[null]}", .object(["b": [.null], "a": [:]])),
            (
                "\"\\\" \\\\ / \\n\\r\\n\\t\\u0000\\u001f é 日本 \u{7f}\"",
                .text("\" \\ / \n\r\n\t\0\u{1f} é 日本 \u{7f}")
            ),
        ] as [(String, JSON)])
    func `a value is written as Python writes it`(text: String, value: JSON) throws {
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
    }
}
