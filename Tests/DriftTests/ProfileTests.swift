import Drift
import Foundation
import Statistics
import Testing

@Suite struct ProfileTests {
    private static func draw(_ rows: Int, _ random: inout SplitMix64) -> RowBatch {
        RowBatch(
            .numbers(
                "x", (0..<rows).map { _ in [nil, .nan, .infinity, -1e30, random.normal()][random.below(5)] }),
            .texts("c", (0..<rows).map { _ in [nil, "a", "b", "n\(random.below(9))"][random.below(4)] }),
            .numbers("score", random.normals(rows), part: .predictions))
    }

    private static func line(_ profile: Profile) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(profile), as: UTF8.self)
    }

    @Test func `merging in any order and grouping gives the bytes of one pass`() throws {
        var random = SplitMix64(1)
        let reference = try Reference.of(Self.draw(300, &random), knots: 60)
        for _ in 0..<20 {
            let batches = (0..<8).map { _ in Self.draw(random.below(50), &random) }
            let whole = try Self.line(reference.count(batches))
            var parts = batches.map { reference.count([$0]) }
            while parts.count > 1 {
                let other = parts.remove(at: random.below(parts.count))
                let index = random.below(parts.count)
                parts[index].merge(try JSONDecoder().decode(Profile.self, from: Data(Self.line(other).utf8)))
            }
            #expect(try Self.line(parts[0]) == whole)
        }
    }

    @Test func `a profile's line is what others read`() throws {
        let reference = try Reference.of(.x([1, 2, 3]))
        #expect(
            try Self.line(reference.count(.x([0, 2, 2, nil])))
                == #"{"features":[{"above_steps":0,"below_steps":134217728,"cells":"AAECAg==","maximum":2,"#
                + #""minimum":0,"missing":1,"mistyped":0,"nan":0,"negative_infinity":0,"#
                + #""positive_infinity":0,"rows":4}],"labels":0,"predictions":0,"#
                + #""reference":"\#(reference.id)","rows":4,"version":1}"#)
    }

    @Test(arguments: [
        ("\"rows\":2}],", "\"rows\":3}],"), ("\"missing\":1", "\"missing\":-1"),
        ("\"missing\":1", "\"missing\":9223372036854775808"), ("\"labels\":0", "\"labels\":9007199254740993"),
        ("\"cells\":\"AQE=\"", "\"cells\":\"AQI=\""), ("\"cells\":\"AQE=\"", "\"cells\":\"\""),
    ])
    func `a line that does not add up is refused`(text: String, lie: String) throws {
        let line = try Self.line(try Reference.of(.x([1])).count(.x([1, nil])))
        #expect(line.contains(text), "\(line)")
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(
                Profile.self, from: Data(line.replacingOccurrences(of: text, with: lie).utf8))
        }
    }

    @Test func `a profile fits the reference it was counted over`() throws {
        let (reference, other) = try (Reference.of(.x([1, 2, 3])), Reference.of(.x([1, 2, 4])))
        var profile = reference.count(.x([1, 2, 9]))
        #expect(profile.fits(reference))
        #expect(!profile.fits(other))
        profile.features.append(FeatureProfile())
        #expect(!profile.fits(reference))
        profile.features = [FeatureProfile()]
        #expect(profile.fits(reference))
        profile.features[0].cells = PackedCounts(cells: Array(repeating: 1, count: 8) as [UInt32])
        #expect(!profile.fits(reference))
        profile.features[0] = reference.count(.x([1, .infinity])).features[0]
        #expect(profile.fits(reference))
        profile.features[0].positiveInfinity = 2
        #expect(!profile.fits(reference))
    }

    // MARK: Parts

    private static let scored = try! Reference.of(
        RowBatch(.numbers("x", [1, 2]), .numbers("score", [0.1, 0.2], part: .predictions)), modelVersion: "3")

    @Test func `a part that is absent is not missing`() {
        let inputs = Self.scored.count(.x([1, nil]))
        #expect((inputs.rows, inputs.predictions) == (2, 0))
        #expect(inputs.features.map(\.rows) == [2, 0])
        let answers = Self.scored.count(RowBatch(.numbers("score", [0.1], part: .predictions), version: "3"))
        #expect((answers.rows, answers.predictions) == (0, 1))
        #expect(answers.features.map(\.rows) == [0, 1])
        let labels = Self.scored.count(RowBatch(.numbers("y", [1, 0, 1], part: .labels)))
        #expect((labels.rows, labels.predictions, labels.labels) == (0, 0, 3))
        #expect(labels.features.map(\.rows) == [0, 0])
    }

    @Test(arguments: [("3", 1), ("4", 0), (nil, 0)] as [(String?, UInt64)])
    func `answers of another version are not compared with this one's`(version: String?, counted: UInt64) {
        let batch = RowBatch(
            .numbers("x", [1]), .numbers("score", [0.1], part: .predictions), version: version)
        let profile = Self.scored.count(batch)
        #expect((profile.rows, profile.predictions) == (1, counted))
        #expect(profile.features.map(\.rows) == [1, counted])
    }

    @Test func `a feature that the batch lacks is missing`() throws {
        let reference = try Reference.of(RowBatch(.numbers("x", [1, 2]), .numbers("y", [1, 2])))
        let profile = reference.count(RowBatch(.numbers("y", [1, 2, 3]), .numbers("z", [0, 0, 0])))
        #expect(profile.features.map(\.missing) == [3, 0])
    }

    // MARK: Layout

    @Test func `columns are found by name and part, whatever their order`() {
        var layout = ColumnLayout(features: Self.scored.features.map(\.feature))
        layout.fit(RowBatch(.numbers("score", [1], part: .predictions), .numbers("x", [1])))
        #expect((0..<2).map(layout.column) == [1, 0])
        layout.fit(RowBatch(.numbers("score", [1]), .numbers("new", [1])))
        #expect((0..<2).map(layout.column) == [nil, nil])
        #expect(layout.unknown == ["score", "new"])
        layout.fit(RowBatch(.numbers("x", [1])))
        #expect((0..<2).map(layout.column) == [0, nil])
        #expect(layout.unknown == [])
    }
}
