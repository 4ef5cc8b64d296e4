import Foundation
import Statistics
import Testing

@Suite struct MixtureSPRTTests {
    @Test func `the mixture of one sample is ville's at every look`() {
        for example in sequentialGolden.mixture {
            var (evidence, moments) = (EValue(), Moments())
            for (index, value) in example.values.enumerated() {
                moments.add(value)
                let n = Double(moments.count)
                let variance = example.sigma * example.sigma / n
                let mixture = NormalMixture(variance: variance, ratio: example.tau * example.tau / variance)
                let logarithm = mixture.logLikelihoodRatio(moments.mean)
                evidence.observe(logarithm)
                #expect(isClose(logarithm, example.log_e[index]))
                #expect(isClose(evidence.pValue, example.p[index]))
            }
        }
    }

    @Test func `the mixture of two samples is msprt's`() {
        for example in sequentialGolden.two_sample {
            let variance = 2 / example.n
            let mixture = NormalMixture(variance: variance, ratio: example.tau * example.tau / variance)
            let ratio = exp(mixture.logLikelihoodRatio(example.difference))
            #expect(isClose(ratio, example.likelihood_ratio))
        }
    }

    @Test func `the boundary is confseq's`() {
        for example in sequentialGolden.boundary {
            let mixture = NormalMixture(variance: 1 / example.t, ratio: example.rho2 * example.t)
            #expect(isClose(mixture.radius(alpha: example.alpha), example.half_width))
        }
    }

    @Test func `the asymptotic sequence with its own mixture is ville's`() throws {
        for example in sequentialGolden.asymptotic {
            let moments = Moments(example.values)
            let difference = MeanDifference(
                value: moments.mean, variance: try #require(moments.varianceOfMean), count: moments.count)
            let test = MixtureSPRT(alpha: 0.05, tightestAt: example.tightest)
            let expected = [example.lower, moments.mean, example.upper]
            #expect(isClose(test.interval(difference).figures, expected, within: 1e-6))
        }
    }

    @Test func `rates are compared as by gbstats`() throws {
        for example in sequentialGolden.proportions {
            let difference = try #require(
                MeanDifference(
                    champion: proportion(example.champion), candidate: proportion(example.candidate)))
            var test = MixtureSPRT(alpha: example.alpha, mixture: example.rho * example.rho)
            let found = test.observe(difference)
            let expected = [example.interval[0], example.difference, example.interval[1]]
            #expect(isClose(found.figures, expected))
            #expect(isClose(test.evidence.pValue, example.p))
        }
    }

    @Test func `means are compared as by gbstats`() throws {
        for example in sequentialGolden.means {
            let difference = try #require(
                MeanDifference(champion: moments(example.champion), candidate: moments(example.candidate)))
            var test = MixtureSPRT(alpha: example.alpha, mixture: example.rho * example.rho)
            let found = test.observe(difference)
            let expected = [example.interval[0], example.difference, example.interval[1]]
            #expect(isClose(found.figures, expected))
            #expect(isClose(test.evidence.pValue, example.p))
        }
    }

    @Test func `the fixed point is 8.212, and no other mixture is tighter at its units`() {
        let x = tightestMixture(alpha: 0.05)
        #expect(abs(x - 8.212) < 5e-4)
        let radii = [0.9, 1, 1.1].map { NormalMixture(variance: 1, ratio: $0 * x).radius(alpha: 0.05) }
        #expect(radii[1] < radii[0] && radii[1] < radii[2])
    }

    @Test func `an interval leaves out 0 exactly when the look alone rejects`() {
        for step in 0..<400 {
            for alternative in [Alternative.twoSided, .greater, .less] {
                let value = Double(step - 200) / 200
                let difference = MeanDifference(value: value, variance: 0.01, count: 3000)
                var test = MixtureSPRT(alpha: 0.05, alternative: alternative, tightestAt: 5000)
                let found = test.observe(difference)
                let isAbove = alternative != .less && found.lower! > 0
                let isBelow = alternative != .greater && found.upper! < 0
                #expect((isAbove || isBelow) == test.evidence.rejects(at: 0.05))
            }
        }
    }

    @Test func `nothing is said before 20 events and 20 others in each arm`() {
        let enough = Proportion(events: 20, units: 40)
        for scarce in [
            Proportion(), Proportion(events: 19, units: 4000), Proportion(events: 981, units: 1000),
        ] {
            #expect(MeanDifference(champion: enough, candidate: scarce) == nil)
            #expect(MeanDifference(champion: scarce, candidate: enough) == nil)
        }
        #expect(MeanDifference(champion: enough, candidate: enough) != nil)
    }

    @Test func `nothing is said of 39 values, nor of values that are all the same`() {
        let (few, same) = (Moments((0..<39).map(Double.init)), Moments(repeatElement(1, count: 50)))
        #expect(MeanDifference(champion: few, candidate: few) == nil)
        #expect(MeanDifference(champion: same, candidate: same) == nil)
    }

    @Test func `a p-value never rises`() {
        var test = MixtureSPRT(alpha: 0.05, tightestAt: 1000)
        test.observe(MeanDifference(value: 0.5, variance: 0.01, count: 1000))
        let p = test.evidence.pValue
        test.observe(MeanDifference(value: 0.0, variance: 0.001, count: 10_000))
        #expect(test.evidence.pValue == p && p < 0.01)
    }

    @Test func `10¹² units and all evidence in the world are numbers, and survive a restart`() throws {
        let rates = (
            Proportion(events: 1_000_000_000, units: 1_000_000_000_000),
            Proportion(events: 900_000_000_000, units: 1_000_000_000_000)
        )
        var test = MixtureSPRT(alpha: 0.05, tightestAt: 2_000_000_000_000)
        let found = test.observe(try #require(MeanDifference(champion: rates.0, candidate: rates.1)))
        #expect(found.isFinite && test.evidence.peak.isFinite && test.evidence.pValue == 0)
        #expect(try JSONDecoder().decode(MixtureSPRT.self, from: JSONEncoder().encode(test)) == test)
    }

    @Test func `strata of one are that stratum, and halves together are the whole`() throws {
        let half = MeanDifference(value: 0.1, variance: 0.02, count: 50)
        let one = try #require(MeanDifference(strata: [half]))
        let two = try #require(MeanDifference(strata: [half, half]))
        #expect(isClose([one.value, one.variance], [0.1, 0.02]) && one.count == 50)
        #expect(isClose([two.value, two.variance], [0.1, 0.01]) && two.count == 100)
        #expect(MeanDifference(strata: []) == nil)
    }

    @Test func `with no difference fewer than 5 % of experiments ever reject`() {
        var generator = SplitMix64(state: 7)
        let rejected = (0..<1000).count { _ in falseAlarm(&generator) }
        #expect(rejected <= 50, "\(rejected) of 1000")
    }

    private func falseAlarm(_ generator: inout SplitMix64) -> Bool {
        var (champion, candidate) = (Proportion(), Proportion())
        var test = MixtureSPRT(alpha: 0.05, tightestAt: 4000)
        for _ in 0..<20 {
            champion.merge(draw(100, &generator))
            candidate.merge(draw(100, &generator))
            guard let difference = MeanDifference(champion: champion, candidate: candidate) else { continue }
            test.observe(difference)
        }
        return test.evidence.rejects(at: 0.05)
    }

    private func draw(_ units: Int, _ generator: inout SplitMix64) -> Proportion {
        Proportion(events: (0..<units).count { _ in generator.uniform() < 0.3 }, units: units)
    }

    private func proportion(_ pair: [Int]) -> Proportion { Proportion(events: pair[0], units: pair[1]) }

    private func moments(_ figures: [Double]) -> Moments {
        Moments(count: Int(figures[0]), mean: figures[1], variance: figures[2])
    }
}
