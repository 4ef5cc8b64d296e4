import Statistics
import Testing

@Suite struct IsotonicRegressionTests {
    @Test(arguments: performanceGolden.isotonic)
    func `fits are scikit-learn's, at the points, between and beyond`(example: PerformanceGolden.Isotonic)
        throws
    {
        let regression = try #require(IsotonicRegression(example.points))
        for (x, y) in zip(example.places, example.values) {
            #expect(isClose(regression(x), y, within: 1e-12), "at \(x): \(regression(x)), not \(y)")
        }
    }

    @Test func `no points, or none of any weight, have no regression`() {
        #expect(IsotonicRegression([]) == nil)
        #expect(IsotonicRegression([.init(x: 1, y: 1, weight: 0)]) == nil)
    }

    @Test func `a gap as wide as doubles go is still a line`() {
        let regression = IsotonicRegression(arguments: [-1.7e308, 1.7e308], values: [0, 1])
        #expect(regression?(0) == 0.5)
        #expect(regression?(1.6e308) ?? .nan > 0.9)
        #expect(regression?(.infinity) == 1)
    }

    @Test(
        arguments: [
            ([], []), ([1], [1, 2]), ([1, 1], [0, 1]), ([2, 1], [0, 1]), ([1, 2], [1, 0]),
            ([1, .nan], [0, 1]),
            ([1, 2], [0, .infinity]),
        ] as [([Double], [Double])])
    func `knots that are none are refused`(arguments: [Double], values: [Double]) {
        #expect(IsotonicRegression(arguments: arguments, values: values) == nil)
    }
}
