import Testing

@testable import Registry

struct PercentEncodingTests {
    @Test(arguments: [
        ("plain", "plain"), ("a%2Fb", "a/b"), ("%2f%25", "/%"), ("caf%C3%A9", "café"), ("a+b", "a+b"),
        ("", ""),
        ("é", "é"),
    ])
    func `escapes are bytes of UTF-8`(text: String, decoded: String) {
        #expect(text.percentDecoded == decoded)
    }

    @Test(arguments: ["%", "%2", "%zz", "%+1", "%C3", "%2%46"])
    func `what is malformed has no meaning`(text: String) {
        #expect(text.percentDecoded == nil)
    }
}
