import Drift
import Retraining
import Testing

struct RetrainScheduleTests {
    private static let hour: Int64 = 3_600_000_000_000

    private func window(_ schedule: RetrainSchedule, at now: String) throws -> [String] {
        let request = schedule.request(at: try #require(Timestamp(rfc3339: now)))
        try request.check()
        let window = try #require(request.window)
        return ["\(window.start)", "\(window.end)"]
    }

    @Test(
        arguments: [
            ("2026-02-04T23:59:59Z", ["2026-01-22T00:00:00Z", "2026-01-29T00:00:00Z"]),
            ("2026-02-05T00:00:00Z", ["2026-01-29T00:00:00Z", "2026-02-05T00:00:00Z"]),
            ("2026-02-11T12:00:00Z", ["2026-01-29T00:00:00Z", "2026-02-05T00:00:00Z"]),
        ] as [(String, [String])])
    func `a week that has passed is asked for until the next has`(now: String, expected: [String]) throws {
        let weekly = RetrainSchedule(model: "m", period: 7 * 24 * Self.hour)
        #expect(try window(weekly, at: now) == expected)
    }

    @Test func `periods begin later by the offset`() throws {
        let nightly = RetrainSchedule(model: "m", period: 24 * Self.hour, offset: 3 * Self.hour)
        #expect(
            try window(nightly, at: "2026-02-04T02:59:59Z") == [
                "2026-02-02T03:00:00Z", "2026-02-03T03:00:00Z",
            ])
        #expect(
            try window(nightly, at: "2026-02-04T03:00:00Z") == [
                "2026-02-03T03:00:00Z", "2026-02-04T03:00:00Z",
            ])
    }

    @Test func `a period is one request, and every period another`() throws {
        let daily = RetrainSchedule(model: "m", period: 24 * Self.hour)
        let ids = (0..<48).map { daily.request(at: .day(3, hour: $0)).id }
        #expect(Set(ids[..<24]).count == 1 && Set(ids[24...]).count == 1 && ids[0] != ids[47])
        #expect(daily.request(at: .day(3)).cause.trigger == .schedule)
    }
}
