import Testing

@testable import ConfigurationFile

struct DurationTextTests {
    @Test(arguments: [
        ("0s", Duration.zero), ("10s", .seconds(10)), ("500ms", .milliseconds(500)),
        ("1h30m", .seconds(5400)),
        ("2w", .seconds(1_209_600)), ("1d", .seconds(86_400)), ("5us7ns", .nanoseconds(5007)),
        ("36525d", .seconds(36_525 * 86_400)),
    ])
    func `numbers with units are added up`(text: String, duration: Duration) throws {
        #expect(try Duration(configuration: text) == duration)
    }

    @Test(arguments: [
        "", "10", "s", "1.5h", "-1s", "10 s", "1y", "36526d", "99999999999999999999s", "1h-1m", "١s",
    ])
    func `anything else is refused`(text: String) {
        #expect(throws: MalformedText.self) { try Duration(configuration: text) }
    }

    @Test(arguments: ["0s", "1d", "1h30m", "1w2d3h4m5s6ms7us8ns"])
    func `a duration is written as it was read`(text: String) throws {
        #expect(try Duration(configuration: text).configurationText == text)
    }
}
