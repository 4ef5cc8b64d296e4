import Drift
import Foundation
import Statistics
import Testing

@Suite struct TableComparisonTests {
    /// scipy 1.17 and numpy 2.4: ks_2samp(method="exact"), wasserstein_distance / std, chi2_contingency,
    /// spatial.distance.jensenshannon(base=2).
    private static let small = try! TableComparison(
        reference: [
            RowBatch(
                .numbers("x", [1, 2, 2, 3, 3, 3, 4, 5, 5, 8]))
        ], current: [.x([2, 3, 3, 5, 5, 5, 6, 9, 9, 9])], schema: nil)

    private static func places(_ a: Int, _ b: Int, _ c: Int) -> RowBatch {
        .c(
            Array(repeating: "a", count: a) + Array(repeating: "b", count: b)
                + Array(repeating: "c", count: c))
    }

    @Test func `numbers are compared as scipy does`() throws {
        let found = Self.small.features[0].measures
        #expect(isClose(found["ks"]?.value, 0.4))
        #expect(isClose(found["ks"]?.pValue, 0.41752365281777043))
        #expect(isClose(found["ks"]?.qValue, 0.41752365281777043))
        #expect(isClose(found["wasserstein"]?.value, 1.0482848367219182))
        #expect((found["ks"]?.errorBound, found["wasserstein"]?.errorBound) == (0, 0))
        #expect(isClose(found["out_of_range_rate"]?.value, 0.3))
        #expect(!Self.small.hasDrifted)
    }

    @Test func `categories are compared as scipy does`() throws {
        let comparison = try TableComparison(
            reference: [Self.places(50, 30, 20)], current: [Self.places(20, 40, 40)], schema: nil)
        let found = comparison.features[0].measures
        #expect(isClose(found["chi2"]?.value, 20.952380952380953))
        #expect(isClose(found["chi2"]?.pValue.map { $0 * 1e5 }, 2.8199946528049074))
        #expect(isClose(found["tv"]?.value, 0.3))
        #expect(isClose(found["linf"]?.value, 0.3))
        #expect(isClose(found["hellinger"]?.value, 0.23349381146995657))
        #expect(isClose(found["js"]?.value, 0.27854838569509666))
        #expect(isClose(found["psi"]?.value, 0.4422848629194136))
        #expect(isClose(found["cramers_v"]?.value, 0.3236694374850748))
        #expect(comparison.hasDrifted)
    }

    @Test func `q-values are over the primary measures of all features`() throws {
        func table(_ a: Int, _ b: Int, _ x: [Double]) -> RowBatch {
            RowBatch(
                .texts("c", (0..<100).map { $0 < a ? "a" : $0 < b ? "b" : "c" }),
                .numbers("x", (0..<100).map { x[$0 % x.count] }))
        }
        let comparison = try TableComparison(
            reference: [table(50, 80, [1, 2])], current: [table(20, 60, [1, 2])], schema: nil)
        let primary = comparison.features.map { $0.measures[$0.primary] }
        #expect(isClose(primary[0]?.qValue.map { $0 * 1e5 }, 2 * 2.8199946528049074))
        #expect((primary[1]?.pValue, primary[1]?.qValue) == (1, 1))
        #expect(comparison.features.map(\.drifted) == [true, false])
        #expect(comparison.features.allSatisfy { $0.histogram == nil })
    }

    @Test func `both tables are compared in full, beyond any budget of knots`() throws {
        var random = SplitMix64(1)
        let comparison = try TableComparison(
            reference: [.x(random.normals(6000))], current: [.x(random.normals(3000, 0.5))], schema: nil)
        let found = comparison.features[0].measures
        #expect((found["ks"]?.errorBound, found["wasserstein"]?.errorBound) == (0, 0))
        #expect((comparison.reference.rows, comparison.current.rows) == (6000, 3000))
        #expect(comparison.reference.id?.hasPrefix("sha256:") == true)
        #expect(comparison.hasDrifted)

        let built = try Reference.of(
            .x(
                {
                    var random = SplitMix64(1); return random.normals(6000)
                }()))
        #expect(built.id == comparison.reference.id)
        var again = SplitMix64(1)
        _ = again.normals(6000)
        let byFile = TableComparison(reference: built, current: [.x(again.normals(3000, 0.5))])
        let (rough, exact) = try (#require(byFile.features[0].measures["ks"]), #require(found["ks"]))
        #expect(rough.value <= exact.value && exact.value <= rough.value + (rough.errorBound ?? 0))
        #expect(byFile.reference.id == comparison.reference.id)
    }

    @Test func `a table compared with itself has not drifted`() throws {
        let table = RowBatch(
            .numbers("x", [1, .nan, nil, .infinity, 5]), .texts("c", ["a", nil, "b", "b", "c"]))
        let comparison = try TableComparison(reference: [table], current: [table], schema: nil)
        #expect(!comparison.hasDrifted)
        #expect(comparison.features.flatMap(\.measures.values).allSatisfy { $0.value <= 0 })
    }

    @Test func `a column that is gone has drifted`() throws {
        let comparison = try TableComparison(
            reference: [
                RowBatch(
                    .numbers("x", (0..<100).map { Double($0) }), .numbers("y", (0..<100).map { Double($0) }))
            ],
            current: [.x((0..<100).map { Double($0) })], schema: nil)
        #expect(comparison.features.map(\.drifted) == [false, true])
        #expect(comparison.features[1].measures["missing_rate"]?.value == 1)
    }

    @Test func `the level bounds what is called drifted`() throws {
        func isDrifted(_ level: Double) throws -> Bool {
            try TableComparison(
                reference: [.x((0..<40).map { Double($0) })],
                current: [.x((0..<40).map { min(Double($0) + 14, 39) })],
                schema: nil, level: level
            ).hasDrifted
        }
        #expect(try !isDrifted(0.001))
        #expect(try isDrifted(0.2))
    }

    @Test func `its JSON is what scripts read`() throws {
        let json = try JSONEncoder().encode(Self.small)
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(object.keys.sorted() == ["current", "features", "reference", "unknown_features"])
        #expect((object["reference"] as? [String: Any])?.keys.sorted() == ["id", "rows"])
        #expect((object["current"] as? [String: Any])?.keys.sorted() == ["rows"])
        let feature = try #require((object["features"] as? [[String: Any]])?.first)
        #expect(
            feature.keys.sorted() == [
                "drifted", "family", "kind", "measures", "missing", "name", "primary", "rows",
            ])
        let ks = (feature["measures"] as? [String: [String: Double]])?["ks"]
        #expect(ks?.keys.sorted() == ["error_bound", "p_value", "q_value", "threshold", "value"])
    }
}
