import Foundation
import Statistics
import Testing

@Suite struct CountTestTests {
    @Test func `evidence and intervals are savvi's`() throws {
        for example in sequentialGolden.counts {
            var test = CountTest(share: example.share)
            for batch in example.batches { test.observe(champion: batch[0], candidate: batch[1]) }
            let found = try #require(test.logRateRatio(alpha: 0.05))
            #expect(isClose(test.logEvidence, example.log_e, within: 1e-6))
            #expect(isClose([found.lowerBound, found.upperBound], example.interval, within: 1e-6))
        }
    }

    @Test func `up to 10¹² events they are mpmath's`() throws {
        for example in sequentialGolden.large_counts {
            var test = CountTest(share: example.share)
            test.observe(champion: example.champion, candidate: example.candidate)
            let found = try #require(test.logRateRatio(alpha: 0.05))
            #expect(isClose(test.logEvidence, example.log_e), "\(example): \(test.logEvidence)")
            let expected = [example.lower.value, example.upper.value]
            #expect(isClose([found.lowerBound, found.upperBound], expected), "\(example): \(found)")
        }
    }

    @Test func `without events every ratio is possible`() throws {
        let test = CountTest(share: 0.05)
        #expect(test.logEvidence == 0 && test.evidence.pValue == 1)
        #expect(test.logRateRatio(alpha: 0.05) == -.infinity ... .infinity)
    }

    @Test func `the interval leaves out equal rates exactly when this look rejects`() throws {
        for candidate in 0..<200 {
            var test = CountTest(share: 0.3)
            test.observe(champion: 100, candidate: candidate)
            let isRejected = test.logEvidence > -log(0.05)
            #expect(try #require(test.logRateRatio(alpha: 0.05)).contains(0) != isRejected)
        }
    }

    @Test func `stages add up: the same ratio at another share narrows the interval`() throws {
        var test = CountTest(share: 0.05)
        test.observe(champion: 950, candidate: 75)
        let (evidence, before) = (test.logEvidence, try #require(test.logRateRatio(alpha: 0.05)))
        test.begin(share: 0.5)
        #expect(test.logEvidence == evidence)
        test.observe(champion: 500, candidate: 750)
        let after = try #require(test.logRateRatio(alpha: 0.05))
        #expect(before.contains(after.lowerBound) && before.contains(after.upperBound))
        #expect(after.contains(log(1.5)) && test.logEvidence > evidence)
    }

    @Test func `stages that contradict each other leave no ratio`() {
        var test = CountTest(share: 0.5)
        test.observe(champion: 10_000, candidate: 1000)
        test.begin(share: 0.5)
        test.observe(champion: 1000, candidate: 10_000)
        #expect(test.logRateRatio(alpha: 0.05) == nil)
    }

    @Test func `a state survives a restart`() throws {
        var test = CountTest(share: 0.25, concentration: 50)
        test.observe(champion: 10, candidate: 30)
        let copy = try JSONDecoder().decode(CountTest.self, from: JSONEncoder().encode(test))
        #expect(copy == test)
    }

    @Test func `at equal rates few canaries of 60 looks ever reject`() {
        var generator = SplitMix64(state: 11)
        let rejected = (0..<1000).count { _ in
            var test = CountTest(share: 0.05)
            for _ in 0..<60 {
                let candidate = (0..<20).count { _ in generator.uniform() < 0.05 }
                test.observe(champion: 20 - candidate, candidate: candidate)
            }
            return test.evidence.rejects(at: 0.05)
        }
        #expect(rejected <= 40, "\(rejected) of 1000")
    }
}
