import Foundation
import Statistics
import Testing

/// Two samples and what scipy says of them; `tools/golden` made the file and names the versions.
struct TwoSampleCase: Decodable, Sendable, CustomTestStringConvertible {
    struct KS: Decodable, Sendable {
        let statistic: Double
        let p_asymptotic: Double?
        let p_exact: Double?
    }

    struct PSI: Decodable, Sendable {
        struct Bin: Decodable, Sendable {
            let reference, current: UInt64
        }
        let bins: [Bin]
        let value: Double
        let p_value: Double
    }

    let name: String
    let reference, current: GoldenSample
    let ks: KS
    let wasserstein: Double?
    let psi: PSI
    let js, hellinger, total_variation: Double

    var testDescription: String { name }
}

private struct File: Decodable { let cases: [TwoSampleCase] }

private let cases = try! golden("two-sample", as: File.self).cases

@Suite struct TwoSampleTests {
    @Test func `there are sixty golden cases`() { #expect(cases.count >= 60) }

    @Test(arguments: cases)
    func `knots of all values give scipy's KS and Wasserstein exactly`(example: TwoSampleCase) throws {
        let (reference, current) = (example.reference.values, example.current.values)
        let knots = Knots(of: reference, current)
        let (f, g) = (knots.counts(reference), knots.counts(current))
        let ks = try #require(KolmogorovSmirnov(reference: f, current: g))
        #expect(isClose(ks.statistic, example.ks.statistic))
        #expect(ks.errorBound == 0)
        if let expected = example.wasserstein {
            let wasserstein = try #require(Wasserstein(.init(f), .init(g), knots: knots))
            #expect(isClose(wasserstein.distance, expected))
            #expect(wasserstein.errorBound == 0)
        }
    }

    @Test(arguments: cases)
    func `knots of the reference alone give the same KS`(example: TwoSampleCase) throws {
        let knots = Knots(of: example.reference.values)
        let ks = try #require(
            KolmogorovSmirnov(
                reference: knots.counts(example.reference.values),
                current: knots.counts(example.current.values)))
        #expect(isClose(ks.statistic, example.ks.statistic, within: 1e-12))
        #expect(ks.errorBound == 0)
    }

    @Test(arguments: cases)
    func `where KS is attained, the shares of values up to there differ by it`(example: TwoSampleCase) throws
    {
        let (reference, current) = (example.reference.values, example.current.values)
        let knots = Knots(of: reference)
        let (f, g) = (
            CumulativeCounts(knots.counts(reference)), CumulativeCounts(knots.counts(current))
        )
        let ks = try #require(KolmogorovSmirnov(reference: f, current: g))
        guard let place = ks.place(reference: f, current: g) else { return #expect(ks.statistic == 0) }
        func share(_ values: [Double]) -> Double {
            let limit = knots[place.knot]
            return Double(values.count { place.isBelow ? $0 < limit : $0 <= limit }) / Double(values.count)
        }
        #expect(isClose(abs(share(reference) - share(current)), ks.statistic))
    }

    @Test(arguments: cases)
    func `p-values are scipy's`(example: TwoSampleCase) throws {
        let (n, m) = (example.reference.values.count, example.current.values.count)
        let knots = Knots(of: example.reference.values)
        let ks = try #require(
            KolmogorovSmirnov(
                reference: knots.counts(example.reference.values),
                current: knots.counts(example.current.values)))
        if let expected = example.ks.p_asymptotic {
            #expect(isClose(ks.asymptoticPValue(UInt64(n), UInt64(m)), expected))
        }
        if let expected = example.ks.p_exact { #expect(isClose(ks.exactPValue(n, m), expected)) }
    }

    @Test(arguments: cases)
    func `distances over the frozen bins are those of the definition`(example: TwoSampleCase) throws {
        let knots = Knots(of: example.reference.values)
        let all = knots.counts(example.reference.values)
        let bins = QuantileBins(reference: all)
        let reference = bins.counts(all)
        let current = bins.counts(knots.counts(example.current.values))
        #expect(
            filled(reference, current)
                == example.psi.bins.map { [$0.reference, $0.current] }.filter { $0 != [0, 0] })
        let distances = try #require(BinnedDistances(reference: reference, current: current))
        #expect(isClose(distances.populationStabilityIndex, example.psi.value))
        #expect(isClose(distances.jensenShannon, example.js))
        #expect(isClose(distances.hellinger, example.hellinger))
        #expect(isClose(distances.totalVariation, example.total_variation))
        let terms = BinnedDistances.stabilityTerms(reference: reference, current: current)
        #expect(terms.count == reference.cells.count && terms.allSatisfy { $0 >= 0 })
        #expect(isClose(terms.reduce(0, +), example.psi.value))
        let pValue = try #require(BinnedDistances.stabilityPValue(reference: reference, current: current))
        #expect(isClose(pValue, example.psi.p_value))
    }
}

/// The bins that are not empty on both sides.
private func filled(_ reference: CellCounts, _ current: CellCounts) -> [[UInt64]] {
    zip(reference.cells, current.cells).map { [$0, $1] }.filter { $0 != [0, 0] }
}
