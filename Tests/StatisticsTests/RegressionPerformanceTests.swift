import Statistics
import Testing

@Suite struct RegressionPerformanceTests {
    @Test(arguments: performanceGolden.regression)
    func `RMSE and MAE are scikit-learn's`(example: PerformanceGolden.Regression) {
        let performance = RegressionPerformance(errors: example.errors.values)
        #expect(example.measures.differences(from: performance.measures) == [])
    }

    @Test func `errors that are no numbers are left out and counted`() {
        let performance = RegressionPerformance(errors: [3, .nan, -.infinity, -3])
        #expect(performance.unusable == 2)
        #expect(performance.measures[.mae]?.value == 3)
    }

    @Test(arguments: [[], [Double.nan], [.infinity]])
    func `no usable rows have no performance`(errors: [Double]) {
        #expect(RegressionPerformance(errors: errors).measures.isEmpty)
    }

    @Test func `what overflows is undefined, not infinite`() {
        #expect(Set(RegressionPerformance(errors: [1e200, -1e200]).measures.keys) == [.mae])
    }
}
