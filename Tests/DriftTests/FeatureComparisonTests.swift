import Drift
import Foundation
import Statistics
import Testing

@Suite struct FeatureComparisonTests {
    private static let reference = SplitMix64.normals(seed: 1, 1000)
    private static let shifted = SplitMix64.normals(seed: 2, 1000, 1)

    private static func report(_ reference: [Double?], _ window: [Double?]) throws -> FeatureReport {
        try Reference.of(.x(reference)).reports(.x(window))[0]
    }

    // MARK: What others get wrong

    @Test(arguments: [1e6, 1e308, -1e6, .infinity])
    func `one outlier of 10⁶ in the window does not blind PSI`(outlier: Double) throws {
        let plain = try Self.report(Self.reference, Self.shifted).measures
        let found = try Self.report(Self.reference, Self.shifted + [outlier]).measures
        let (before, after) = try (#require(plain["psi"]?.value), #require(found["psi"]?.value))
        #expect(before > 0.8)
        // Shares move by 1/1001; the slope of PSI in a share is ln(q/p) + 1 − p/q.
        #expect(abs(after - before) < 0.02)
        let moved = try #require(found["wasserstein"]?.value) - #require(plain["wasserstein"]?.value)
        #expect(abs(moved) < 0.07)
        let range = try #require(found["out_of_range_rate"]?.value) * 1001
        #expect(abs(range - (try #require(plain["out_of_range_rate"]?.value) * 1000) - 1) < 1e-9)
    }

    @Test func `a column with 60 % NaN still yields a p-value`() throws {
        let window = Self.shifted.enumerated().map { $0.offset % 5 < 3 ? Double.nan : $0.element }
        let found = try Self.report(Self.reference, window)
        #expect(try #require(found.measures["ks"]?.pValue) < 1e-20)
        #expect(found.measures["missing_rate"]?.value == 0.6)
        #expect(try #require(found.measures["missing_rate"]?.pValue) < 1e-100)
        #expect((found.rows, found.missing) == (1000, 0))
    }

    @Test func `one new category gives a finite χ²`() throws {
        func values(_ a: Int, _ b: Int, _ new: Int) -> [String?] {
            Array(repeating: "a", count: a) + Array(repeating: "b", count: b)
                + Array(repeating: "new", count: new)
        }
        let found = try Reference.of(.c(values(500, 500, 0))).reports(.c(values(100, 90, 60)))[0]
        // scipy 1.17 chi2_contingency([[500, 500, 0], [100, 90, 60]], correction=False)
        #expect(isClose(found.measures["chi2"]?.value, 252.4717514124294))
        #expect(isClose(found.measures["chi2"]?.pValue.map { $0 * 1e55 }, 1.5012594789911252))
        #expect(found.measures["unseen_rate"]?.value == 0.24)
    }

    @Test func `identical data give PSI 0`() throws {
        for values in [Self.reference, [1, 1, 1, 2], [5], (0..<1000).map { Double($0 % 7) }] {
            let found = try Self.report(values, values)
            for measure in ["ks", "psi", "js", "hellinger", "tv", "linf", "wasserstein"] {
                #expect(found.measures[measure]?.value == 0, "\(measure)")
            }
            #expect(found.measures["psi"]?.pValue == 1)
        }
    }

    @Test func `KS with ties equals scipy's`() throws {
        let a =
            [Double](repeating: 0, count: 40) + Array(repeating: 1, count: 30)
            + Array(repeating: 2, count: 20) + Array(repeating: 3, count: 10)
        let b =
            [Double](repeating: 0, count: 10) + Array(repeating: 1, count: 10)
            + Array(repeating: 2, count: 30) + Array(repeating: 3, count: 30)
        let found = try Self.report(a, b)
        // scipy 1.17 ks_2samp(a, b, method="asymp"), wasserstein_distance(a, b) / numpy.std(a)
        #expect(isClose(found.measures["ks"]?.value, 0.45))
        #expect(isClose(found.measures["ks"]?.pValue.map { $0 * 1e8 }, 1.189945195671559))
        #expect(isClose(found.measures["wasserstein"]?.value, 1))
        #expect(found.measures["ks"]?.errorBound == 0)
    }

    @Test func `a constant that starts to move is seen`() throws {
        let found = try Self.report(
            Array(repeating: 3, count: 500), (0..<500).map { 3 + Double($0 % 2) / 100 })
        #expect(found.measures["ks"]?.value == 0.5)
        #expect(try #require(found.measures["psi"]?.value) > 3)
        #expect(found.measures["out_of_range_rate"]?.value == 0.5)
    }

    @Test func `zeros that become rarer are seen through inflated zeros`() throws {
        func rain(_ wet: Int) -> [Double] { (0..<1000).map { $0 < wet ? Double($0 % 20 + 1) / 10 : 0 } }
        #expect(try #require(Self.report(rain(50), rain(400)).measures["psi"]?.value) > 0.5)
        #expect(try #require(Self.report(rain(50), rain(52)).measures["psi"]?.value) < 0.001)
    }

    // MARK: Rates

    @Test func `a rate is the difference to the reference's, and its p hypergeometric`() throws {
        let reference: [Double?] = [nil] + (0..<99).map { Double($0) }
        let window: [Double?] = Array(repeating: nil, count: 10) + (0..<40).map { Double($0) }
        let found = try Self.report(reference, window)
        #expect(isClose(found.measures["missing_rate"]?.value, 0.19))
        // scipy 1.17 h = hypergeom(150, 11, 50); h.sf(10) + h.pmf(10) / 2
        #expect(isClose(found.measures["missing_rate"]?.pValue.map { $0 * 1e5 }, 3.701436967125004))
        #expect((found.rows, found.missing) == (50, 10))
    }

    @Test func `new categories are expected at the rate the reference saw them once`() throws {
        let common = Array(repeating: "a", count: 998) as [String?]
        let reference = try Reference.of(.c(common + ["once", "one time"]))
        let window = Array(repeating: "a", count: 192) as [String?] + (0..<8).map { "new \($0)" }
        let found = reference.reports(.c(window))[0].measures["unseen_rate"]
        #expect(isClose(found?.value, 0.04 - 0.002))
        // scipy 1.17 h = hypergeom(1200, 10, 200); h.sf(8) + h.pmf(8) / 2
        #expect(isClose(found?.pValue.map { $0 * 1e6 }, 9.102874745922714))
        let quiet = reference.reports(.c(Array(repeating: "a", count: 498) + ["x"]))[0].measures[
            "unseen_rate"]
        #expect(try #require(quiet?.pValue) > 0.4)
    }

    // MARK: Shape of a report

    @Test func `every kind has its measures, its primary and its limits`() throws {
        let reference = try Reference.of(
            RowBatch(
                .numbers("x", [1, 2, 3]), .texts("c", ["a", "b", "b"]), .integers("f", [0, 1, 1], .bool)))
        let reports = reference.reports(
            RowBatch(
                .numbers("x", [1, 2, 4]), .texts("c", ["a", "b", "b"]), .integers("f", [0, 0, 1], .bool)))
        let binned = ["hellinger", "js", "linf", "psi", "tv"]
        #expect(
            reports[0].measures.keys.sorted()
                == (binned + ["ks", "missing_rate", "out_of_range_rate", "wasserstein"]).sorted())
        #expect(reports.map(\.primary) == ["ks", "chi2", "chi2"])
        #expect(reports[0].measures["ks"]?.threshold == 0.1)
        #expect(reports[1].measures["tv"]?.threshold == 0.05)
    }

    @Test func `a window without a value has rates and no distances`() throws {
        let found = try Self.report([1, 2, 3], [nil, .nan, nil])
        #expect(found.measures.keys.sorted() == ["missing_rate"])
        #expect(found.measures["missing_rate"]?.value == 1)
        let empty = try Self.report([1, 2, 3], [])
        #expect(empty.measures.isEmpty)
    }

    @Test func `p is exact only where that was asked for`() throws {
        let reference = try Reference.of(.x([1, 2, 2, 3, 3, 3, 4, 5, 5, 8]))
        let window = reference.samples(.x([2, 3, 3, 5, 5, 5, 6, 9, 9, 9]))[0]
        func p(_ pValues: FeatureComparison.PValues) -> Double? {
            FeatureComparison(
                reference.features[0], reference: reference.samples(reference.profile)[0], pValues: pValues
            )
            .report(window).measures["ks"]?.pValue
        }
        // scipy 1.17 ks_2samp(…, method="exact" | "asymp")
        #expect(isClose(p(.exact), 0.41752365281777043))
        #expect(isClose(p(.asymptotic), 0.3088000000000004))
    }

    // MARK: Histograms

    @Test func `a numeric histogram has twenty bins of equal mass in the reference`() throws {
        let reference = try Reference.of(.x((0..<2000).map { Double($0) }))
        let found = try #require(reference.reports(.x((1000..<2200).map { Double($0) }))[0].histogram)
        let edges: [Double] = (1...19).map { Double($0 * 100 - 1) }
        #expect(found.edges == edges)
        #expect(found.categories.isEmpty)
        #expect(found.reference.allSatisfy { isClose($0, 0.05) })
        #expect(found.current.prefix(10).allSatisfy { $0 == 0 })
        #expect(isClose(found.current[19], 0.25))
        #expect(isClose(found.current.reduce(0, +), 1))
    }

    @Test func `a categorical histogram groups what it cannot show`() throws {
        let names: [String?] = (0..<25).flatMap { Array(repeating: "c\($0)", count: 100 - $0) }
        let reference = try Reference.of(.c(names))
        let found = try #require(reference.reports(.c(["c0", "c0", "c24", "new"]))[0].histogram)
        #expect(found.categories == (0..<18).map { "c\($0)" } + ["(other)", "(unseen)"])
        #expect(found.current == [0.5] + Array(repeating: 0, count: 17) + [0.25, 0.25])
        #expect(isClose(found.reference.reduce(0, +), 1))
        #expect(found.edges.isEmpty)
    }

    @Test func `a histogram of a window without values is all zero`() throws {
        let found = try #require(Self.report([1, 2, 3], []).histogram)
        #expect(found.current.allSatisfy { $0 == 0 })
    }
}

extension SplitMix64 {
    static func normals(seed: UInt64, _ count: Int, _ mean: Double = 0) -> [Double] {
        var random = SplitMix64(seed)
        return random.normals(count, mean)
    }
}
