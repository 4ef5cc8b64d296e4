import Statistics
import Testing

/// Survival functions against scipy's, and the hypergeometric mid-p against mpmath's.
private struct Tables: Decodable {
    struct KolmogorovRow: Decodable, Sendable { let n: Int, d, sf: Double }
    struct ChiSquaredRow: Decodable, Sendable { let k: Int, x, sf: Double }
    struct StudentRow: Decodable, Sendable { let df, x, sf: Double }
    struct RateRow: Decodable, Sendable { let reference, window, events, a: UInt64, mid_p: Double }

    let kstwo: [KolmogorovRow]
    let chi2: [ChiSquaredRow]
    let t: [StudentRow]
    let hypergeometric_mid_p: [RateRow]
}

private let tables = try! golden("distributions", as: Tables.self)

@Suite struct DistributionTests {
    @Test func `Kolmogorov's distribution is scipy's kstwo`() {
        for row in tables.kstwo {
            let found = KolmogorovDistribution(sampleSize: row.n).survival(row.d)
            #expect(isClose(found, row.sf), "n \(row.n), d \(row.d): \(found), not \(row.sf)")
        }
    }

    @Test func `the tail of χ² is scipy's`() {
        for row in tables.chi2 {
            let found = chiSquaredSurvival(row.x, degreesOfFreedom: row.k)
            #expect(isClose(found, row.sf), "k \(row.k), x \(row.x): \(found), not \(row.sf)")
        }
    }

    @Test func `the tail of Student's t is scipy's`() {
        for row in tables.t {
            let found = studentSurvival(row.x, degreesOfFreedom: row.df)
            #expect(isClose(found, row.sf), "df \(row.df), t \(row.x): \(found), not \(row.sf)")
        }
    }

    @Test func `the mid-p of a rate is the hypergeometric one`() {
        for row in tables.hypergeometric_mid_p {
            let increase = RateIncrease(
                reference: (row.events - row.a, row.reference), current: (row.a, row.window))
            let found = increase?.pValue ?? .nan
            #expect(isClose(found, row.mid_p), "\(row): \(found)")
        }
    }
}
