import Drift
import Testing

@Suite struct RequestTimesTests {
    @Test func `a request is found by its id until another takes its slot`() {
        var times = RequestTimes(slots: 8)
        #expect(times.time(of: 1) == nil)
        for id in 1...1000 as ClosedRange<UInt64> { times.remember(id, at(Int64(id))) }
        #expect(times.time(of: 1000) == at(1000))
        let kept = (1...1000 as ClosedRange<UInt64>).filter { times.time(of: $0) != nil }
        #expect(kept.count == 8)
        #expect(kept.allSatisfy { times.time(of: $0) == at(Int64($0)) })
    }
}
