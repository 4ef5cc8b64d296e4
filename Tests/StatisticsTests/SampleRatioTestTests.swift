import Foundation
import Statistics
import Testing

@Suite struct SampleRatioTestTests {
    @Test func `evidence is savvi's and the p-value ssrm-test's, batch by batch`() {
        for example in sequentialGolden.sample_ratio {
            var test = SampleRatioTest(shares: example.shares, concentration: example.concentration)
            for (index, batch) in example.batches.enumerated() {
                test.observe(batch)
                #expect(isClose(test.logEvidence, example.log_e[index]))
                #expect(isClose(test.evidence.pValue, example.p[index]))
            }
        }
    }

    @Test func `χ² is scipy's`() {
        for example in sequentialGolden.chi_squared {
            var test = SampleRatioTest(shares: example.shares)
            test.observe(example.counts)
            let found = test.chiSquared
            #expect(isClose([found.statistic, found.pValue], [example.chi_squared, example.p]))
            #expect(found.degreesOfFreedom == example.counts.count - 1)
        }
    }

    @Test func `an arm without a share does not count, unless it has units`() throws {
        var (with, without) = (SampleRatioTest(shares: [1, 0, 1]), SampleRatioTest(shares: [1, 1]))
        with.observe([510, 0, 490])
        without.observe([510, 490])
        #expect(with.logEvidence == without.logEvidence)
        #expect(with.chiSquared == without.chiSquared)
        with.observe([0, 1, 0])
        #expect(with.logEvidence == .infinity && with.evidence.pValue == 0 && with.chiSquared.pValue == 0)
        #expect(try JSONDecoder().decode(SampleRatioTest.self, from: JSONEncoder().encode(with)) == with)
    }

    @Test func `a ramp is no mismatch: each stage is held against its own shares`() {
        var test = SampleRatioTest(shares: [0.95, 0.05])
        test.observe([95_000, 5000])
        test.begin(shares: [0.5, 0.5])
        test.observe([50_000, 50_000])
        #expect(test.evidence.pValue == 1 && test.chiSquared.pValue == 1)
        #expect(test.chiSquared.degreesOfFreedom == 2)
        var lumped = SampleRatioTest(shares: [0.5, 0.5])
        lumped.observe([145_000, 55_000])
        #expect(lumped.evidence.rejects(at: 0.001))
    }

    @Test func `evidence of stages adds up`() {
        var (first, second) = (SampleRatioTest(shares: [9, 1]), SampleRatioTest(shares: [1, 1]))
        first.observe([8900, 1100])
        second.observe([5100, 4900])
        var both = SampleRatioTest(shares: [9, 1])
        both.observe([8900, 1100])
        both.begin(shares: [1, 1])
        both.observe([5100, 4900])
        #expect(isClose(both.logEvidence, first.logEvidence + second.logEvidence))
    }

    @Test func `10¹² units are no overflow`() {
        var test = SampleRatioTest(shares: [1, 1])
        test.observe([500_000_000_000, 500_000_000_000])
        #expect(test.logEvidence.isFinite && test.logEvidence < 0)
        test.observe([0, 500_000_000_000])
        #expect(test.logEvidence.isFinite && test.evidence.pValue == 0)
    }
}
