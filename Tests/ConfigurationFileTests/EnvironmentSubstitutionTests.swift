import Testing

@testable import ConfigurationFile

struct EnvironmentSubstitutionTests {
    private let variables = ["A": "1", "EMPTY": "", "NEST": "${A}", "_x9": "under"]

    @Test(arguments: [
        ("plain $A {A}", "plain $A {A}"), ("${A}", "1"), ("-${A}${A}-", "-11-"), ("${EMPTY}", ""),
        ("${NONE:-default: 2}", "default: 2"), ("${EMPTY:-2}", "2"), ("${A:-2}", "1"), ("${NONE:-}", ""),
        ("${A:?why}", "1"), ("${NEST}", "${A}"), ("${_x9}", "under"),
    ])
    func `variables are put in`(text: String, result: String) throws {
        #expect(try text.substituting(variables) == result)
    }

    @Test(arguments: [
        ("${NONE}", "environment variable NONE is not set"),
        ("${EMPTY:?give it}", "environment variable EMPTY is not set: give it"),
        ("a ${A", "\"${A\" lacks its closing brace"),
        ("${}", "expected ${X}, ${X:-default} or ${X:?message}, found \"${}\""),
        ("${1A}", "expected ${X}, ${X:-default} or ${X:?message}, found \"${1A}\""),
        ("${A-2}", "expected ${X}, ${X:-default} or ${X:?message}, found \"${A-2}\""),
        ("${B:-${A}}", "expected ${X}, ${X:-default} or ${X:?message}, found \"${B:-${A}\""),
    ])
    func `what cannot be put in is explained`(text: String, reason: String) {
        #expect(throws: MalformedText(reason)) { try text.substituting(variables) }
    }
}
