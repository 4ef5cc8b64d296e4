import Drift
import Statistics
import Testing

/// The tables themselves, compared in full, are the measure.
@Suite struct RecountedReferencesTests {
    private func reference(_ batch: RowBatch, knots: Int? = 4095, categories: Int = 1000) throws -> Reference
    {
        var options = ReferenceBuilder.Options()
        (options.knotBudget, options.maximumCategories) = (knots, categories)
        var builder = ReferenceBuilder(schema: nil, options: options)
        builder.add(batch)
        return try builder.build()
    }

    private func draw(_ count: Int, seed: UInt64, shift: Double) -> [Double] {
        var random = SplitMix64(state: seed)
        return (0..<count).map { _ in
            let u = Double(random.next() >> 11) * 0x1p-53
            return (u * u) + shift
        }
    }

    @Test func `where both keep every value the comparison is that of the tables`() throws {
        let old = RowBatch(
            .numbers("x", draw(500, seed: 1, shift: 0)),
            .numbers("y", [1, 2, 3, .infinity, 5].repeated(500)),
            .texts("c", ["a", "b", "a", "z"].repeated(500)))
        let new = RowBatch(
            .numbers("x", draw(300, seed: 2, shift: 0.2)),
            .numbers("y", [1, 2, 9, -.infinity].repeated(300)),
            .texts("c", ["a", "b", "new"].repeated(300)))
        let tables = try TableComparison(reference: [old], current: [new], schema: nil)
        let references = TableComparison(reference: try reference(old), current: try reference(new))
        #expect(references.features == tables.features)
        #expect(references.hasDrifted)
        #expect((references.reference.rows, references.current.rows) == (500, 300))
    }

    @Test func `where values share cells the measures are within what a cell holds`() throws {
        let old = RowBatch(.numbers("x", draw(20_000, seed: 3, shift: 0)))
        let new = RowBatch(.numbers("x", draw(20_000, seed: 4, shift: 0.03)))
        let exact = try TableComparison(reference: [old], current: [new], schema: nil).features[0].measures
        let found = TableComparison(
            reference: try reference(old, knots: 203), current: try reference(new, knots: 203)
        ).features[0].measures
        let ks = try #require(found["ks"]?.value)
        #expect(abs(ks - exact["ks"]!.value) <= 2 / 200)
        #expect(ks > 0.02)
        let distance = try #require(found["wasserstein"]?.value)
        #expect(abs(distance - exact["wasserstein"]!.value) < 0.01)
    }

    @Test func `the same rows have not drifted, however coarse`() throws {
        let rows = RowBatch(
            .numbers("x", draw(5000, seed: 5, shift: 0)),
            .texts("c", (0..<50).map { "c\($0)" }.repeated(5000)))
        let one = try reference(rows, knots: 20, categories: 10)
        let comparison = TableComparison(reference: one, current: one)
        #expect(!comparison.hasDrifted)
        #expect(comparison.features[0].measures["ks"]?.value == 0)
        #expect(comparison.features[1].measures["unseen_rate"]?.value == 0)
        #expect(comparison.features[1].measures["tv"]?.value == 0)
    }

    @Test func `a feature that is gone is missing, and one that is new is named`() throws {
        let old = try reference(RowBatch(.numbers("x", [1, 2, 3]), .numbers("gone", [1, 2, 3])))
        let new = try reference(RowBatch(.numbers("x", [1, 2, 3]), .numbers("new", [1, 2, 3])))
        let comparison = TableComparison(reference: old, current: new)
        #expect(comparison.unknownFeatures == ["new"])
        #expect(comparison.features[1].measures["missing_rate"]?.value == 1)
    }
}

extension Array {
    fileprivate func repeated(_ count: Int) -> [Element] { (0..<count).map { self[$0 % self.count] } }
}
