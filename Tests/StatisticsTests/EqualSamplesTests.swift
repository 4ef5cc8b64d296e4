import Statistics
import Testing

/// scipy 1.17: `ks_2samp(method="exact")` of two samples of n values each, shifted so that the gap is as given.
private let examples: [(n: Int, gap: Int, pValue: Double)] = [
    (1, 1, 1), (2, 1, 1), (2, 2, 0.3333333333333333), (5, 1, 1), (5, 2, 0.873015873015873),
    (5, 4, 0.07936507936507936), (5, 5, 0.007936507936507936), (30, 1, 1), (30, 2, 0.9999999909208507),
    (30, 4, 0.9578462903438838), (30, 10, 0.07088798787114439), (30, 15, 0.0008995776840176799),
    (30, 29, 1.0146740335286845e-15), (30, 30, 1.6911233892144742e-17), (100, 14, 0.2819416298082479),
    (100, 33, 3.211428734211389e-05), (100, 50, 1.0024645454361508e-11), (100, 99, 4.417521386399011e-57),
    (100, 100, 2.2087606931995054e-59), (1000, 142, 3.301172138175878e-09),
    (1000, 333, 1.7219581232661912e-49), (1000, 500, 5.515494869858024e-114),
]

@Suite struct EqualSamplesTests {
    @Test(arguments: examples)
    func `the p-value of samples of equal size is scipy's`(n: Int, gap: Int, pValue: Double) {
        let found = kolmogorovSmirnovPValue(gap: gap, ofEqualSizes: n)
        #expect(abs(found - pValue) <= 1e-12 * pValue)
    }

    @Test func `it falls as the gap grows, from one`() {
        for n in [1, 2, 3, 30, 100] {
            let pValues = (0...n).map { kolmogorovSmirnovPValue(gap: $0, ofEqualSizes: n) }
            #expect(pValues[0] == 1)
            #expect(zip(pValues, pValues.dropFirst()).allSatisfy { $0 >= $1 })
        }
    }
}
