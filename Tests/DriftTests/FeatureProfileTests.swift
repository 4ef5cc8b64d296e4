import Drift
import Foundation
import Statistics
import Testing

@Suite struct FeatureProfileTests {
    @Test func `merging adds counts and keeps the extremes`() {
        var (a, b) = (FeatureProfile(), FeatureProfile())
        (a.rows, a.missing, a.mistyped, a.belowSteps, a.minimum, a.maximum) = (5, 2, 1, .max - 1, -4, 2)
        (b.rows, b.notANumber, b.positiveInfinity, b.belowSteps, b.aboveSteps) = (7, 3, 1, 5, 9)
        (b.minimum, b.maximum) = (-1, 8)
        (a.cells, b.cells) = (
            PackedCounts(cells: [1, 0, 2] as [UInt32]), PackedCounts(cells: [0, 4] as [UInt32])
        )
        let sum = a.merged(with: b)
        #expect((sum.rows, sum.missing, sum.notANumber, sum.mistyped) == (12, 2, 3, 1))
        #expect((sum.belowSteps, sum.aboveSteps, sum.positiveInfinity) == (.max, 9, 1))
        #expect((sum.minimum, sum.maximum) == (-4, 8))
        #expect(sum.cells == PackedCounts(cells: [1, 4, 2] as [UInt32]))
        #expect(b.merged(with: a) == sum)
        #expect(a.merged(with: FeatureProfile()) == a)
    }

    @Test func `its JSON names are those that profiles are exchanged by`() throws {
        var profile = FeatureProfile()
        (profile.rows, profile.missing, profile.minimum) = (1, 1, 0.5)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(profile), as: UTF8.self)
                == #"{"above_steps":0,"below_steps":0,"cells":"","minimum":0.5,"missing":1,"mistyped":0,"#
                + #""nan":0,"negative_infinity":0,"positive_infinity":0,"rows":1}"#)
    }
}
