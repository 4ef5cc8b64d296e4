import Drift
import Testing

@Suite struct EffectSizesTests {
    @Test(arguments: [
        ("ks", 0.1), ("psi", 0.1), ("js", 0.1), ("wasserstein", 0.1), ("tv", 0.05), ("linf", 0.05),
        ("hellinger", 0.05), ("cramers_v", 0.05), ("missing_rate", 0.01), ("unseen_rate", 0.01),
        ("out_of_range_rate", 0.01),
    ])
    func `a measure is large from its warning on`(measure: String, warning: Double) {
        let effects = EffectSizes.standard
        #expect(effects.isLarge(measure, warning))
        #expect(!effects.isLarge(measure, warning.nextDown))
        #expect(effects.isLarge(measure, 0.9 * warning, ratio: 0.9))
        #expect(!effects.isLarge(measure, 0.89 * warning, ratio: 0.9))
        #expect(effects.limits[measure]?.critical == warning * (measure.hasSuffix("rate") ? 5 : 2))
    }

    @Test func `every measure has limits but the test statistic that grows with the rows`() {
        #expect(
            EffectSizes.measures == [
                "cramers_v", "hellinger", "js", "ks", "linf", "missing_rate", "out_of_range_rate", "psi",
                "tv",
                "unseen_rate", "wasserstein",
            ])
        #expect(EffectSizes.standard.isLarge("chi2", 0))
    }
}
