import Testing

@testable import Agent

struct RateMeterTests {
    private func rate(_ looks: [(second: Double, count: UInt64)]) -> Double? {
        let start = ContinuousClock.now
        var meter = RateMeter()
        for look in looks { meter.note(look.count, at: start + .seconds(look.second)) }
        return meter.perSecond
    }

    @Test func `a rate takes two looks`() {
        #expect(rate([]) == nil)
        #expect(rate([(0, 50)]) == nil)
        #expect(rate([(0, 50), (2, 70)]) == 10)
    }

    @Test func `it is that of the last ten seconds`() {
        #expect(rate([(0, 0), (5, 1000), (15, 1050), (25, 1100)]) == 5)
    }

    @Test func `a counter that begins anew is not a negative rate`() {
        #expect(rate([(0, 900), (1, 1000), (2, 10), (3, 30)]) == 20)
    }
}
