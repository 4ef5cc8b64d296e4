import Statistics
import Testing

@Suite struct StudentQuantileTests {
    @Test func `quantiles are scipy's`() {
        for example in gateGolden.student {
            let found = studentQuantile(example.p, degreesOfFreedom: example.df)
            #expect(isClose(found, example.x, within: 1e-10), "\(example): \(found)")
        }
    }
}
