import Drift
import Foundation
import Statistics
import Testing

/// Cells: (−∞, 0), 0, (0, 1), 1, (1, 2), 2, (2, ∞).
private let threeKnots = NumericCells(knots: Knots(ascending: [0, 1, 2]), scale: 1)

private func tally(_ column: Column?, _ cells: FeatureCells, rows: Int) -> FeatureProfile {
    var tally = FeatureTally(cells: cells)
    if let column { tally.add(column, rows: 0..<rows) } else { tally.addMissing(rows: rows) }
    return tally.result
}

private func tally(_ column: Column) -> FeatureProfile {
    tally(column, .numeric(threeKnots), rows: column.values.count)
}

/// One range of the knots in the steps a tail is measured in.
private let range: UInt64 = 1 << 28

@Suite struct FeatureTallyTests {
    @Test func `numbers are counted in their cells, and what is no number beside them`() {
        let found = tally(.numbers("x", [-1, 0, -0.0, 0.5, 2, 3, .nan, .infinity, -.infinity, nil]))
        #expect(found.cells.unpacked(cellCount: 7).cells == [2, 2, 1, 0, 0, 1, 2])
        #expect((found.rows, found.missing, found.notANumber, found.mistyped) == (10, 1, 1, 0))
        #expect((found.positiveInfinity, found.negativeInfinity) == (1, 1))
        #expect((found.minimum, found.maximum) == (-1, 3))
        #expect((found.belowSteps, found.aboveSteps) == (range / 2, range / 2))
    }

    @Test func `infinities that are knots are counted at them`() {
        let knots = Knots(ascending: [-.infinity, 0, 1, .infinity])
        let column = Column.numbers("x", [-.infinity, -5, 0, 1, 3, .infinity, .infinity])
        let found = tally(column, .numeric(NumericCells(knots: knots, scale: 1)), rows: 7)
        #expect(found.cells.unpacked(cellCount: 9).cells == [0, 1, 1, 1, 0, 1, 1, 2, 0])
        #expect((found.negativeInfinity, found.positiveInfinity) == (1, 2))
        #expect((found.belowSteps, found.aboveSteps) == (5 * range, 2 * range))
    }

    @Test(arguments: Datatype.allCases.filter { "\($0)".contains("int") && $0 != .uint64 })
    func `whole numbers of every width are numbers`(datatype: Datatype) {
        let found = tally(.integers("x", [0, 1, 1, 2, 100, -100], datatype))
        #expect(found.cells.unpacked(cellCount: 7).cells == [1, 1, 0, 2, 0, 1, 1])
        #expect((found.minimum, found.maximum) == (-100, 100))
    }

    @Test func `truth values of a numeric feature are 0 and 1`() {
        #expect(
            tally(.integers("x", [0, 1, 1], .bool)).cells.unpacked(cellCount: 7).cells == [
                0, 1, 0, 2, 0, 0, 0,
            ])
    }

    @Test func `UINT64 beyond the signed range is large, not negative`() {
        let found = tally(.integers("x", [1, .min, -1], .uint64))
        #expect(found.cells.unpacked(cellCount: 7).cells == [0, 0, 0, 1, 0, 0, 2])
        #expect((found.minimum, found.maximum) == (1, 0x1p64))
        #expect((found.belowSteps, found.aboveSteps) == (0, 16 * range))
    }

    @Test func `text in a numeric feature is mistyped, and so missing`() {
        let found = tally(.texts("x", ["1", nil, "many"]))
        #expect((found.rows, found.missing, found.mistyped, found.notANumber) == (3, 3, 2, 0))
        #expect(found.cells.bytes.isEmpty)
    }

    @Test func `what stands in a missing cell is not looked at`() {
        for value in [Double.nan, .infinity, 1e308, 1] {
            var column = Column.numbers("x", [1, value])
            column.missing = [false, true]
            let found = tally(column)
            #expect((found.rows, found.missing, found.notANumber, found.positiveInfinity) == (2, 1, 0, 0))
            #expect((found.maximum, found.aboveSteps) == (1, 0))
        }
        var integers = Column.integers("x", [1, 100])
        integers.missing = [false, true]
        #expect((tally(integers).missing, tally(integers).maximum) == (1, 1))
    }

    @Test func `a column that the batch lacks is missing in every row`() {
        let found = tally(nil, .numeric(threeKnots), rows: 4)
        #expect((found.rows, found.missing, found.minimum) == (4, 4, nil))
    }

    @Test func `only the rows asked for are counted`() {
        var tally = FeatureTally(cells: .numeric(threeKnots))
        tally.add(.numbers("x", [0, 1, nil, 2, 2]), rows: 1..<4)
        tally.add(.numbers("x", [0, 1, 1, 2, 2]), rows: 0..<0)
        #expect(tally.rows == 3)
        #expect(tally.result.cells.unpacked(cellCount: 7).cells == [0, 0, 0, 1, 0, 1, 0])
        #expect(tally.result.missing == 1)
    }

    @Test func `many values at once count as they do a few at a time`() {
        var random = SplitMix64(3)
        let odd: [Double] = [.nan, .infinity, -.infinity, 1e300, -3, 2.5]
        let values = (0..<5001).map { _ -> Double? in
            random.below(100) == 0 ? odd[random.below(odd.count)] : Double(random.below(5)) / 2
        }
        let column = Column.numbers("x", values)
        var few = FeatureTally(cells: .numeric(threeKnots))
        for start in stride(from: 0, to: 5001, by: 3) { few.add(column, rows: start..<(start + 3)) }
        #expect(tally(column) == few.result)
    }

    private static let categories = CategoryCells(
        categories: ["1", "true", "2.5", "-3", "18446744073709551615", ""],
        foldedHashes: [stableHash(Array("seldom".utf8).span)], singletons: 0)

    @Test(
        arguments: [
            (Column.texts("c", ["1", "true", "", "seldom", "new", nil]), [1, 1, 0, 0, 0, 1, 1, 1], 1, 0),
            (.integers("c", [1, -3, 7, 1]), [2, 0, 0, 1, 0, 0, 0, 1], 0, 0),
            (.integers("c", [1, 0, 5], .bool), [0, 2, 0, 0, 0, 0, 0, 1], 0, 0),
            (.integers("c", [-1, 1], .uint64), [1, 0, 0, 0, 1, 0, 0, 0], 0, 0),
            (.numbers("c", [1, 2.5, -3.0, .nan, .infinity, nil]), [1, 0, 1, 1, 0, 0, 0, 1], 1, 1),
        ] as [(Column, [UInt64], UInt64, UInt64)])
    func `values of every type are categories by their shortest form`(
        column: Column, cells: [UInt64], missing: UInt64, notANumber: UInt64
    ) {
        let found = tally(column, .categorical(Self.categories), rows: column.values.count)
        #expect(found.cells.unpacked(cellCount: 8).cells == cells)
        #expect((found.missing, found.notANumber) == (missing, notANumber))
        #expect(found.rows == UInt64(column.values.count))
    }

    @Test func `taking up a profile again equals never having stopped`() {
        var random = SplitMix64(1)
        for _ in 0..<60 {
            let knots = Knots(ascending: Set(random.normals(random.below(30) + 1)).sorted())
            let cells = FeatureCells.numeric(NumericCells(knots: knots, scale: 1))
            let values = (0..<200).map { _ -> Double? in
                switch random.below(20) {
                case 0: nil
                case 1: .nan
                case 2: .infinity
                case 3: -1e300
                case 4: knots[random.below(knots.count)]
                default: random.normal()
                }
            }
            let whole = tally(.numbers("x", values), cells, rows: values.count)
            var parts = FeatureTally(cells: cells)
            var start = 0
            while start < values.count {
                let end = min(values.count, start + 1 + random.below(40))
                parts.add(.numbers("x", values), rows: start..<end)
                parts = FeatureTally(cells: cells, resuming: parts.result)
                start = end
            }
            #expect(parts.result == whole)
        }
    }

    @Test func `a cell that holds more than 32 bits goes on counting`() {
        var profile = FeatureProfile()
        profile.rows = 1 << 33
        profile.cells = PackedCounts(cells: [0, 1 << 33] as [UInt64])
        var tally = FeatureTally(cells: .numeric(threeKnots), resuming: profile)
        tally.add(.numbers("x", [0, 0, 1]), rows: 0..<3)
        #expect(tally.result.cells.unpacked(cellCount: 7).cells == [0, 1 << 33 + 2, 0, 1, 0, 0, 0])
        #expect(tally.result.rows == 1 << 33 + 3)
    }

    @Test func `no value is too far out to be measured`() {
        let wide = NumericCells(
            knots: Knots(ascending: [-Double.greatestFiniteMagnitude / 2, .greatestFiniteMagnitude / 2]),
            scale: 1)
        let extreme: [Double?] = [
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
        ]
        for cells in [wide, threeKnots, NumericCells(knots: Knots(ascending: [5]), scale: 1)] {
            let found = tally(.numbers("x", extreme), .numeric(cells), rows: 3)
            #expect(found.belowSteps > 0 && found.belowSteps <= 16 * range)
            #expect(found.aboveSteps > 0 && found.aboveSteps <= 8 * range)
            #expect((found.minimum, found.maximum) == (-.greatestFiniteMagnitude, .greatestFiniteMagnitude))
        }
    }
}
