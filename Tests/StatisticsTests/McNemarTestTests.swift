import Statistics
import Testing

@Suite struct McNemarTestTests {
    @Test func `p-values are those of statsmodels and scipy`() {
        for example in gateGolden.mcnemar {
            let test = McNemarTest(onlyFirst: example.only_first, onlySecond: example.only_second)
            let found = [test.exactPValue, test.midPValue, test.chiSquared, test.chiSquaredPValue]
            let expected = [example.exact, example.mid, example.chi_squared, example.chi_squared_p]
            #expect(isClose(found, expected), "\(test): \(found), not \(expected)")
        }
    }

    @Test func `far out the p-values are equal in their leading digits, too`() throws {
        let example = try #require(gateGolden.mcnemar.first { $0.only_second == 60 })
        let test = McNemarTest(onlyFirst: 0, onlySecond: 60)
        #expect(abs(test.exactPValue / example.exact - 1) < 1e-12)
        #expect(abs(test.midPValue / example.mid - 1) < 1e-12)
    }

    @Test func `classifiers that are never wrong apart do not differ`() {
        let test = McNemarTest(onlyFirst: 0, onlySecond: 0)
        #expect(test.exactPValue == 1 && test.midPValue == 1 && test.chiSquaredPValue == 1)
    }
}
