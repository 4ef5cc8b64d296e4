import Statistics
import Testing

private struct File: Decodable {
    struct Case: Decodable, Sendable {
        let name: String
        let p, holm, benjamini_hochberg: [Double]
    }
    let cases: [Case]
}

@Suite struct MultipleTestingTests {
    @Test func `adjusted p-values are those of statsmodels`() throws {
        for example in try golden("multiple-testing", as: File.self).cases {
            let holm = MultipleTesting.holm(example.p)
            let benjaminiHochberg = MultipleTesting.benjaminiHochberg(example.p)
            #expect(zip(holm, example.holm).allSatisfy { isClose($0, $1) }, "\(example.name)")
            #expect(
                zip(benjaminiHochberg, example.benjamini_hochberg).allSatisfy { isClose($0, $1) },
                "\(example.name)")
        }
    }
}
