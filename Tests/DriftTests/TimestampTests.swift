import Drift
import Foundation
import Statistics
import Testing

@Suite struct TimestampTests {
    /// Nanoseconds from Python's datetime and calendar.timegm, the fraction added by hand.
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("2013-01-01T10:15:00Z", 1_357_035_300_000_000_000),
        ("2013-01-01t10:15:00z", 1_357_035_300_000_000_000),
        ("2013-01-01 10:15:00", 1_357_035_300_000_000_000),
        ("2013-01-01T10:15:00.25Z", 1_357_035_300_250_000_000),
        ("2013-01-01T10:15:00.123456789999Z", 1_357_035_300_123_456_789),
        ("2013-01-01T10:15:00+05:30", 1_357_015_500_000_000_000),
        ("2013-01-01T10:15:00-00:30", 1_357_037_100_000_000_000),
        ("2012-02-29T00:00:00Z", 1_330_473_600_000_000_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
        ("2016-12-31T23:59:60Z", 1_483_228_800_000_000_000),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("1700-01-01T00:00:00Z", -8_520_336_000_000_000_000),
        ("2262-04-11T23:47:16.854775807Z", Int64.max),
        ("1677-09-21T00:12:43.145224192Z", Int64.min),
    ])
    func `RFC 3339 is read to the nanosecond`(text: String, nanoseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.nanoseconds == nanoseconds)
    }

    @Test(arguments: [
        "", "nonsense", "2013-01-01", "2013-01-01T10:15", "2013-1-01T00:00:00Z", "13-01-01T00:00:00Z",
        "2013-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2013-13-01T00:00:00Z", "2013-00-10T00:00:00Z",
        "2013-04-31T00:00:00Z", "2013-01-00T00:00:00Z", "2013-01-01T24:00:00Z", "2013-01-01T10:60:00Z",
        "2013-01-01T10:00:61Z", "2013-01-01T10:00:00.Z", "2013-01-01T10:00:00+5:30",
        "2013-01-01T10:00:00+0530", "2013-01-01T10:00:00+24:00", "2013-01-01T10:00:00+01:60",
        "2013-01-01T10:00:00Zulu", " 2013-01-01T10:00:00Z", "2013-01-01T10:00:00Z ", "２013-01-01T10:00:00Z",
        "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z", "9999-12-31T00:00:00Z",
    ])
    func `anything else is no time`(text: String) { #expect(Timestamp(rfc3339: text) == nil) }

    @Test(arguments: [
        (0.0, 0), (-1.5, -1_500_000_000), (1_357_035_300.25, 1_357_035_300_250_000_000),
        (1_357_035_300_250.0, 1_357_035_300_250_000_000),
        (1_357_035_300_250_001.0, 1_357_035_300_250_001_000),
        (1_357_035_300_250_000_896.0, 1_357_035_300_250_000_896),
        (100_000_000_000.0, 100_000_000_000_000_000),
    ])
    func `a Unix number's magnitude gives its unit away`(number: Double, nanoseconds: Int64) {
        #expect(Timestamp(unix: number)?.nanoseconds == nanoseconds)
        if number == number.rounded() {
            #expect(Timestamp(unix: Int64(number))?.nanoseconds == nanoseconds)
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 99_999_999_999, 9_223_372_037, 1e19, -1e19])
    func `a Unix number out of range is no time`(number: Double) { #expect(Timestamp(unix: number) == nil) }

    @Test func `whole Unix numbers are not rounded`() {
        #expect(Timestamp(unix: Int64.max) == at(Int64.max))
        #expect(Timestamp(unix: 9_223_372_036 as Int64) == at(9_223_372_036_000_000_000))
        #expect(Timestamp(unix: 9_223_372_037 as Int64) == nil)
        #expect(Timestamp(unix: 1_357_035_300_250_001_023 as Int64) == at(1_357_035_300_250_001_023))
    }

    @Test func `what is written is read back`() throws {
        var random = SplitMix64(1)
        let edges: [Int64] = [.min, .min + 1, -1, 0, 1, 999_999_999, .max - 1, .max]
        let drawn = (0..<3000).map { index -> Int64 in
            let unit: Int64 = [1, 1000, 1_000_000, second, day][index % 5]
            return Int64.random(in: .min ... .max, using: &random) / unit * unit
        }
        for nanoseconds in edges + drawn {
            let text = at(nanoseconds).description
            #expect(Timestamp(rfc3339: text) == at(nanoseconds), "\(text)")
            #expect(text.count == 20 || [24, 27, 30].contains(text.count), "\(text)")
        }
        let times = (edges + drawn.prefix(20)).map { at($0) }
        #expect(try JSONDecoder().decode([Timestamp].self, from: JSONEncoder().encode(times)) == times)
    }

    @Test func `text order is time order`() {
        #expect(at("1700-06-01T00:00:00Z") < at("1969-12-31T23:59:59Z"))
        #expect(at("1969-12-31T23:59:59Z") < at("1970-01-01T00:00:00Z"))
    }

    @Test func `a bad time in JSON is named`() {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Timestamp].self, from: Data(#"["2013-02-30T00:00:00Z"]"#.utf8))
        }
        #expect(error?.plainDescription == "'2013-02-30T00:00:00Z' is not an RFC 3339 time at Index 0")
    }

    @Test func `moving saturates at the ends of time`() {
        #expect(at(Int64.max - 1).advanced(by: 5) == at(Int64.max))
        #expect(at(Int64.min + 1).advanced(by: -5) == at(Int64.min))
        #expect(at(5).advanced(by: -6) == at(-1))
    }

    @Test(
        arguments: [
            (7, 3, 2, 1), (-7, 3, -3, 2), (-6, 3, -2, 0), (0, 3, 0, 0),
            (.min, day, -106_752, 763_145_224_192),
        ] as [(Int64, Int64, Int64, Int64)])
    func `floored division never leaves a negative remainder`(
        number: Int64, divisor: Int64, quotient: Int64, remainder: Int64
    ) {
        let found = number.flooredDivision(by: divisor)
        #expect(found == (quotient, remainder))
    }
}
