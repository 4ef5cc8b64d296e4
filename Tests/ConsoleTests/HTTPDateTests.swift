import Testing

@testable import Console

struct HTTPDateTests {
    /// The first is RFC 9110's example; the others are by `date -u`.
    @Test(arguments: [
        (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_709_164_799_999, "Wed, 28 Feb 2024 23:59:59 GMT"),
        (1_709_251_199_000, "Thu, 29 Feb 2024 23:59:59 GMT"),
    ])
    func `a time is written as HTTP has it`(time: Int64, text: String) {
        #expect(HTTPDate.text(time) == text)
    }
}
