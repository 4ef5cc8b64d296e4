import Drift
import Testing

@Suite struct PerformancePeriodTests {
    private func moment(_ text: String) -> Timestamp { Timestamp(rfc3339: text)! }

    @Test(arguments: [
        ("2013-01-31T23:59:59.999999999Z", "2013-01-01T00:00:00Z", "2013-02-01T00:00:00Z"),
        ("2013-02-01T00:00:00Z", "2013-02-01T00:00:00Z", "2013-03-01T00:00:00Z"),
        ("2012-02-29T12:00:00Z", "2012-02-01T00:00:00Z", "2012-03-01T00:00:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ])
    func `a month begins on its first and ends where the next begins`(
        time: String, start: String, end: String
    ) {
        let bounds = PerformancePeriod.month(offset: 0).bounds(around: moment(time))
        #expect(bounds == (moment(start), moment(end)))
    }

    @Test func `an offset moves months and lengths alike`() {
        let late = moment("2013-03-01T04:00:00Z")
        #expect(
            PerformancePeriod.month(offset: 5 * hour).bounds(around: late)
                == (moment("2013-02-01T05:00:00Z"), moment("2013-03-01T05:00:00Z")))
        #expect(
            PerformancePeriod.length(day, offset: 5 * hour).bounds(around: late)
                == (moment("2013-02-28T05:00:00Z"), moment("2013-03-01T05:00:00Z")))
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func `no moment is without bounds`(nanoseconds: Int64) {
        for period in [
            PerformancePeriod.month(offset: 5 * hour), .length(day, offset: -hour), .month(offset: -hour),
        ] {
            let bounds = period.bounds(around: at(nanoseconds))
            #expect(bounds.start <= bounds.end)
        }
    }
}
