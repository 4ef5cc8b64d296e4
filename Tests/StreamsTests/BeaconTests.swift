import Streams
import Testing
import ZeroMQ

struct BeaconTests {
    private func beacon(_ json: String) throws(Rejection) -> Beacon {
        try Message([Array(json.utf8)]).withFrame(0) { (bytes) throws(Rejection) in try Beacon(bytes) }
    }

    @Test(arguments: [
        Beacon(epoch: 1, sequences: [:]), Beacon(epoch: .max, sequences: [.inputs: 7, .rows: .max]),
        Beacon(epoch: 2, sequences: [.labels: 0], isEnd: true),
    ])
    func `a beacon reads as it was written`(original: Beacon) throws {
        #expect(try beacon(original.json) == original)
    }

    @Test func `kinds that are not known are left out`() throws {
        let read = try beacon(#"{"epoch":1,"sequences":{"inputs":3,"embeddings":4},"end":false,"host":"a"}"#)
        #expect(read == Beacon(epoch: 1, sequences: [.inputs: 3]))
    }

    @Test(arguments: [
        "[]", "{}", #"{"epoch":1}"#, #"{"epoch":-1,"sequences":{}}"#,
        #"{"epoch":1,"sequences":{"rows":"9"}}"#,
    ])
    func `anything else is no beacon`(json: String) {
        let rejection = #expect(throws: Rejection.self) { try beacon(json) }
        #expect(rejection?.reason == .wrongForm)
    }
}
