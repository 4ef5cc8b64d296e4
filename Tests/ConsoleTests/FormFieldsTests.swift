import Testing

@testable import Console

struct FormFieldsTests {
    /// By Python's `urllib.parse.parse_qsl(…, keep_blank_values=True)`.
    @Test(arguments: [
        ("a=1", ["a=1"]), ("a=x+y%2Bz%20", ["a=x y+z "]), ("a=1&a=2&&b", ["a=1", "a=2", "b="]),
        ("a+b=c=d", ["a b=c=d"]), ("a=%zz", ["a=%zz"]), ("", []),
        ("e=caf%C3%A9", ["e=café"]),
    ])
    func `a query is read as a form`(query: String, fields: [String]) {
        #expect(FormFields.parse(query).map { "\($0.name)=\($0.value)" } == fields)
    }
}
