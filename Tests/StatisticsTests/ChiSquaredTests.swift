import Statistics
import Testing

private struct CategoricalCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Side: Decodable, Sendable {
        let counts: [String: UInt64]
        let unseen, other: UInt64?
    }
    struct Test: Decodable, Sendable {
        let statistic, p_value: Double?
        let dof, columns: Int?
        let insufficient: Bool?
    }

    let name: String
    let reference, current: Side
    let chi2: Test
    let cramers_v, tv, linf, hellinger, js: Double?

    var testDescription: String { name }

    /// Descending reference count, then bytes: the order categories are kept in.
    var table: ContingencyTable {
        let order = reference.counts.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }
        return ContingencyTable(
            reference: order.map(\.value), current: order.map { current.counts[$0.key] ?? 0 },
            rest: (reference.other ?? 0, (current.other ?? 0) + (current.unseen ?? 0)))
    }
}

private struct File: Decodable { let cases: [CategoricalCase] }

private let cases = try! golden("categorical", as: File.self).cases

@Suite struct ChiSquaredTests {
    @Test(arguments: cases)
    fileprivate func `homogeneity over the pooled columns is scipy's`(example: CategoricalCase) throws {
        let test = ChiSquared(example.table)
        guard example.chi2.insufficient != true else {
            #expect(test == nil)
            return
        }
        let found = try #require(test)
        #expect(isClose(found.statistic, try #require(example.chi2.statistic)))
        #expect(isClose(found.pValue, try #require(example.chi2.p_value)))
        #expect(found.degreesOfFreedom == example.chi2.dof)
        #expect(example.table.reference.cells.count == example.chi2.columns)
        #expect(isClose(found.cramersV, try #require(example.cramers_v)))
    }

    @Test func `a column says which category it is of, and one of several that it is of none`() {
        let pooled = ContingencyTable(reference: [500, 300, 1, 1], current: [50, 30, 60, 0], rest: (10, 90))
        #expect(pooled.categories == [0, 1, 2, nil])
        #expect(pooled.reference.cells == [500, 300, 1, 11])
        let absorbed = ContingencyTable(reference: [500, 300, 1], current: [50, 30, 0], rest: (0, 0))
        #expect(absorbed.categories == [0, nil])
        #expect(absorbed.reference.cells == [500, 301])
    }

    @Test(arguments: cases)
    fileprivate func `distances are over the same columns`(example: CategoricalCase) throws {
        let table = example.table
        guard let distances = BinnedDistances(reference: table.reference, current: table.current),
            let tv = example.tv, let linf = example.linf, let hellinger = example.hellinger,
            let js = example.js
        else { return #expect(example.chi2.insufficient == true) }
        #expect(isClose(distances.totalVariation, tv))
        #expect(isClose(distances.maximumDifference, linf))
        #expect(isClose(distances.hellinger, hellinger))
        #expect(isClose(distances.jensenShannon, js))
    }
}
