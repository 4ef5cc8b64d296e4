import Drift
import Foundation
import Testing

@testable import EventDelivery

struct EventEncodingTests {
    @Test func `an event is one line of JSON with sorted keys`() throws {
        let json = try String(decoding: EventEncoding.json(DriftEvent.make(), id: "1"), as: UTF8.self)
        #expect(
            json == """
                {"data":{"contributors":[{"feature":"temp","measure":"wasserstein","score":4.5,"value":0.61}],\
                "error_bound":0,"feature":"temp","fingerprint":"f00d",\
                "histogram":{"categories":[],"current":[0,1],"edges":[0.1],"reference":[0.5,0.5]},\
                "kind":"data","measure":"wasserstein","model":"flight-delay","reference":"abc",\
                "severity":"critical","since":"2013-04-01T00:00:00Z","threshold":0.2,"value":0.61,\
                "versions":["unknown"],"window":{"end":"2013-04-02T00:00:00Z","labels":0,"missed":0,\
                "partial":false,"predictions":0,"rows":900,"start":"2013-04-01T00:00:00Z"}},\
                "datacontenttype":"application/json","id":"1","source":"/agents/a","specversion":"1.0",\
                "subject":"flight-delay/temp","time":"2013-04-01T00:00:00Z","type":"dev.leeway.drift.firing"}
                """)
    }

    @Test(
        arguments: [0.1 + 0.2, Double.leastNonzeroMagnitude, .greatestFiniteMagnitude, 1.0 / 3, 1e21]
            as [Double])
    func `a number reads back as the same number`(value: Double) throws {
        let json = try EventEncoding.json(DriftEvent.make(value: value), id: "1")
        let event = try JSONDecoder().decode(DriftEvent.self, from: json)
        #expect(event == .make(value: value))
    }

    @Test func `line ends within a name do not end the line`() throws {
        var event = DriftEvent.make()
        event.data.feature = "a\nb\r\u{2028}"
        #expect(try EventEncoding.json(event, id: event.id).count { $0 == UInt8(ascii: "\n") } == 0)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a number that is not finite is named, not written`(value: Double) {
        var event = DriftEvent.make()
        event.data.contributors[0].score = value
        #expect(throws: EventEncodingError(event: "1", key: "data.contributors.0.score")) {
            try EventEncoding.json(event, id: event.id)
        }
    }
}
