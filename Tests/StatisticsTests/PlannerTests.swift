import Statistics
import Testing

@Suite struct PlannerTests {
    @Test func `sizes for means are statsmodels'`() {
        for example in sequentialGolden.sizes {
            let planner = Planner(alpha: example.alpha, power: example.power)
            let variances = (champion: example.variance, candidate: example.variance)
            let found = planner.size(variances: variances, effect: example.effect, share: example.share)
            #expect(isClose(found.champion, example.n, within: 1e-6))
            #expect(isClose(found.candidate / (found.champion + found.candidate), example.share))
        }
    }

    @Test func `sizes for rates are scipy's`() {
        for example in sequentialGolden.rate_sizes {
            let found = Planner().size(rate: example.rate, effect: example.effect, share: example.share)
            #expect(isClose(found.champion, example.n))
        }
        #expect(Planner().size(rate: 0.1, effect: 0.01).total == 29_497)
    }

    @Test func `a sequential test needs 1.91 times as many at most`() {
        let factors = [
            Planner(), Planner(power: 0.9), Planner(alpha: 0.01), Planner(alternative: .greater),
        ].map(\.sequentialFactor)
        #expect(isClose(factors, [1.91, 1.77, 1.67, 2.10], within: 0.006))
    }

    @Test func `an effect too small for any experiment is no overflow`() {
        #expect(Planner().size(rate: 0.5, effect: 1e-12).scaled(by: 1.91).total == .max)
    }
}
