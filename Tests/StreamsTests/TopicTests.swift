import Streams
import Testing
import ZeroMQ

struct TopicTests {
    private func topic(_ bytes: [UInt8]) throws(Rejection) -> Topic {
        try Message([bytes]).withFrame(0) { (bytes) throws(Rejection) in try Topic(bytes) }
    }

    @Test(arguments: [
        ("inputs/fraud/", Topic(.inputs, "fraud")), ("rows/fraud-eu/7/", Topic(.rows, "fraud-eu/7")),
        ("beacon/ø/", Topic(.beacon, "ø")),
    ])
    func `a kind and a model between slashes`(text: String, expected: Topic) throws {
        #expect(try topic(Array(text.utf8)) == expected)
        #expect(expected.description == text)
    }

    @Test(arguments: [
        "", "inputs", "inputs/", "inputs//", "inputs/fraud", "input/fraud/", "/fraud/", "INPUTS/fraud/",
    ])
    func `anything else is no topic`(text: String) {
        let rejection = #expect(throws: Rejection.self) { try topic(Array(text.utf8)) }
        #expect(rejection?.reason == .badTopic)
    }

    @Test func `a topic is UTF-8`() {
        let rejection = #expect(throws: Rejection.self) { try topic([0x69, 0xFF, 0x2F]) }
        #expect(rejection?.reason == .badUTF8)
    }
}
