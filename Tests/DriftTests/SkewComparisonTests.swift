import Drift
import Foundation
import Testing

@Suite struct SkewComparisonTests {
    @Test func `rows that are the same on both sides have no skew`() throws {
        let report = SkewReport.x(
            [.number("0", 1.5), .number("1", .nan), .number("2", nil), .number("3", .infinity)],
            training: ["1.5", "", "nan", "inf"])
        let feature = try #require(report.features.first)
        #expect((report.joinedRows, feature.rows, feature.mismatches) == (4, 4, 0))
        #expect((feature.mismatchShare, feature.largestDifference, feature.example) == (0, nil, nil))
        #expect(feature.distance == FeatureSkew.Distance(measure: "ks", value: 0))
    }

    @Test func `a feature that is computed otherwise is told from those that are not`() throws {
        // Spending of a week in service, of 30 days in training.
        let spending = (0..<200).map { Double(($0 * 37) % 101) / 4 }
        func mean(_ days: Int, before day: Int) -> Double {
            spending[(day - days)..<day].reduce(0, +) / Double(days)
        }
        let days = 30..<200
        let served = days.map { day in
            ServedRow.row(
                "r\(day)",
                [
                    ("amount", .fp32, .number(Double(Float(spending[day])))),
                    ("country", .bytes, .text(["NL", "BE"][day % 2])),
                    ("mean_spending", .fp32, .number(Double(Float(mean(7, before: day))))),
                ])
        }
        let training = WrittenRows(
            ["amount", "country", "mean_spending"],
            days.map { ["r\($0)", "\(spending[$0])", ["NL", "BE"][$0 % 2], "\(mean(30, before: $0))"] })
        let report = SkewReport.of(served, beside: training)
        #expect(report.features.map(\.name) == ["mean_spending", "amount", "country"])
        let skewed = report.features[0]
        #expect(skewed.mismatchShare > 0.9)
        #expect(report.features[1...].allSatisfy { $0.mismatches == 0 })
        let largest = try #require(days.max { apart($0) < apart($1) })
        func apart(_ day: Int) -> Double {
            abs(Double(Float(mean(7, before: day))) - mean(30, before: day))
        }
        #expect(isClose(skewed.largestDifference, apart(largest)))
        #expect(skewed.example?.key == "r\(largest)")
        #expect(skewed.example?.training == "\(mean(30, before: largest))")
        let distance = try #require(skewed.distance)
        #expect(distance.measure == "ks" && distance.value > 0.2)
    }

    @Test func `numbers are equal within a share of the larger, or as what their datatype holds`() {
        let cases: [(Double, Datatype, String, Double, Bool)] = [
            (Double(Float(0.1)), .fp32, "0.1", 0, true),
            (Double(Float(0.1)), .fp64, "0.1", 0, false),
            (Double(Float(0.1)), .fp64, "0.1", 1e-6, true),
            (Double(Float16(0.1)), .fp16, "0.1", 0, true),
            (Double(Float16(0.1)), .fp32, "0.1", 1e-6, false),
            (0.10009765625, .bf16, "0.1", 0, true),
            (1_000_001, .int64, "1000000", 1e-6, true),
            (1_000_002, .int64, "1000000", 1e-6, false),
            (-1, .fp64, "1", 0.5, false),
            (1e-12, .fp64, "0", 1e-6, false),
            (1, .bool, "1", 0, true),
            (.infinity, .fp32, "1e39", 1e-6, true),
            (.infinity, .fp64, "1e39", 1e-6, false),
            (.infinity, .fp64, "-inf", 1e-6, false),
        ]
        for (served, datatype, training, tolerance, agree) in cases {
            let report = SkewReport.x(
                [.number("0", served, datatype)], training: [training],
                tolerance: SkewTolerance(relative: tolerance))
            #expect(
                (report.features[0].mismatches == 0) == agree,
                "\(served) \(datatype) \(training) \(tolerance)")
        }
    }

    @Test func `no value on one side alone is a mismatch, and counted apart`() {
        let feature = SkewReport.x(
            [.number("0", nil), .number("1", .nan), .number("2", 2), .number("3", 3), .row("4", [])],
            training: ["0", "", "", "3", "4"]
        ).features[0]
        #expect((feature.rows, feature.mismatches) == (5, 3))
        #expect((feature.servedNulls, feature.trainingNulls) == (2, 1))
        #expect(feature.largestDifference == nil)
        #expect(feature.example == FeatureSkew.Example(key: "0", served: nil, training: "0"))
    }

    @Test func `texts are compared as they are written, numbers as what they read as`() {
        let codes = SkewReport.x(
            [.text("0", "0123"), .text("1", "123"), .text("2", "e\u{301}"), .text("3", "")],
            training: ["0123", "0123", "é", ""]
        ).features[0]
        #expect((codes.kind, codes.mismatches) == (.categorical, 2))
        #expect(codes.example == FeatureSkew.Example(key: "1", served: "123", training: "0123"))
        let numbers = SkewReport.x([.number("0", 123, .int64)], training: ["0123.0"]).features[0]
        #expect((numbers.kind, numbers.mismatches) == (.numeric, 0))
    }

    @Test func `a text on one side and a number on the other are of two kinds`() {
        let encoded = SkewReport.x(
            [.text("0", "NL"), .text("1", "BE"), .text("2", "DE")], training: ["1", "2", ""]
        ).features[0]
        #expect((encoded.kind, encoded.trainingKind, encoded.distance) == (.categorical, .numeric, nil))
        #expect((encoded.mismatches, encoded.trainingNulls) == (3, 1))
        let decoded = SkewReport.x([.number("0", 1), .number("1", 2)], training: ["NL", "BE"]).features[0]
        #expect((decoded.kind, decoded.trainingKind) == (.numeric, .categorical))
        let empty = WrittenRows(["x"], [["0", "nan"]])
        #expect(SkewReport.of([.text("0", "BE")], beside: empty).features[0].trainingKind == nil)
        let oneOff = SkewReport.x([.text("0", "1012"), .text("1", "1013")], training: ["1012", "9"])
            .features[0]
        #expect((oneOff.kind, oneOff.trainingKind, oneOff.mismatches) == (.categorical, nil, 1))
    }

    @Test func `the largest difference is that of numbers, and its row is the example`() {
        let feature = SkewReport.x(
            [
                .number("0", nil), .number("1", Double(Float(0.3)), .fp32), .number("2", -5),
                .number("3", 1e9),
            ], training: ["0", "0.4", "5", "1000000001"]
        ).features[0]
        #expect(isClose(feature.largestDifference, 10))
        #expect(feature.example == FeatureSkew.Example(key: "2", served: "-5", training: "5"))
        let single = SkewReport.x([.number("0", Double(Float(0.3)), .fp32)], training: ["0.4"]).features[0]
        #expect(single.example?.served == "0.3")
    }

    /// scipy 1.17: ks_2samp; half the sum of the differences of the shares.
    @Test func `distances are between the values of both sides`() {
        let numbers: [Double] = [2, 3, 3, 5, 5, 5, 6, 9, 9, 9]
        let ks = SkewReport.x(
            numbers.enumerated().map { .number("\($0.offset)", $0.element) },
            training: [1, 2, 2, 3, 3, 3, 4, 5, 5, 8].map { "\($0)" })
        #expect(ks.features[0].distance?.measure == "ks")
        #expect(isClose(ks.features[0].distance?.value, 0.4))
        let tv = SkewReport.x(
            ["a", "a", "b", "c"].enumerated().map { .text("\($0.offset)", $0.element) },
            training: ["a", "b", "b", "d"])
        #expect(tv.features[0].distance == FeatureSkew.Distance(measure: "tv", value: 0.5))
    }

    @Test(arguments: [Datatype.fp16, .bf16, .fp32])
    func `what a datatype rounds off is no distance`(datatype: Datatype) {
        let values = (0..<10).map { Double($0 % 5) / 10 }
        func feature(_ order: [Int]) -> FeatureSkew {
            let served = order.enumerated().map {
                ServedRow.number("\($0.offset)", datatype.rounded(values[$0.element]), datatype)
            }
            return SkewReport.x(served, training: values.map { "\($0)" }).features[0]
        }
        let same = feature(Array(0..<10))
        #expect((same.mismatches, same.distance?.value) == (0, 0))
        let shifted = feature((1...10).map { $0 % 10 })
        #expect((shifted.mismatches, shifted.distance?.value) == (10, 0))
    }

    @Test func `a permutation has a mismatch a row and no distance`() {
        let feature = SkewReport.x(
            (0..<10).map { .number("\($0)", Double($0)) }, training: (0..<10).map { "\(9 - $0)" }
        ).features[0]
        #expect((feature.mismatches, feature.distance?.value) == (10, 0))
    }

    @Test func `a request's rows are told apart by their index`() {
        let training = WrittenRows(
            ["x"], [["a", "0"], ["a:1", "1"], ["b:0", "2"], ["c:0", "3"], ["c", "4"]])
        func row(_ id: String, _ index: Int64, _ value: Double) -> ServedRow {
            .row(id, [("x", .fp64, .number(value))], index: index)
        }
        let report = SkewReport.of(
            [row("a", 0, 0), row("a", 1, 1), row("b", 0, 2), row("c", 0, 4), row("a", 2, 9)], beside: training
        )
        #expect((report.joinedRows, report.features[0].mismatches) == (4, 0))
        #expect(report.servedOnly == SkewReport.OneSided(keys: 1, examples: ["a:2"]))
        #expect(report.trainingOnly == SkewReport.OneSided(keys: 1, examples: ["c:0"]))
    }

    @Test func `what one side alone has is named`() {
        let served = (0..<9).map { index in
            ServedRow.row("s\(index)", [("x", .fp64, .number(1)), ("new", .fp64, .number(1))])
        }
        let training = WrittenRows(
            ["x", "label"], (5..<20).map { ["s\($0)", "1", "0"] } + [["s7", "5", "0"], ["s19", "5", "0"]])
        let report = SkewReport.of(served, beside: training)
        #expect((report.joinedRows, report.trainingRows, report.repeatedKeys) == (4, 17, 2))
        #expect(
            report.servedOnly
                == SkewReport.OneSided(keys: 5, examples: ["s0", "s1", "s2"], features: ["new"]))
        #expect(
            report.trainingOnly
                == SkewReport.OneSided(keys: 11, examples: ["s9", "s10", "s11"], features: ["label"]))
        #expect(report.features.map(\.name) == ["x"])
        #expect(report.features[0].mismatches == 0)
        #expect(report.versions == ["7"])
        #expect(report.obstacle == nil)
    }

    @Test func `where nothing joins it says what keys look like on both sides`() {
        let report = SkewReport.x(
            [.number("req-1", 1), .number("req-2", 2)], training: ["1", "2", "3", "4"])
        #expect(
            report.obstacle
                == "none of 2 served rows has its key among 4 training rows: served keys are like 'req-1', "
                + "'req-2', training keys like '0', '1', '2'")
        #expect(
            SkewReport.x([], training: ["1"]).obstacle
                == "no row was captured with its features in this span")
    }

    @Test func `where no feature is on both sides it names some of either`() {
        let served = [ServedRow.row("0", [("fare", .fp32, .number(1)), ("age", .int8, .number(1))])]
        #expect(
            SkewReport.of(served, beside: WrittenRows(["x", "y", "z", "u"], [["0", "1", "1", "1", "1"]]))
                .obstacle
                == "no feature is on both sides: served are 'age', 'fare', training has 'x', 'y', 'z'")
        #expect(
            SkewReport.of(served, beside: WrittenRows([], [["0"]])).obstacle?.hasSuffix("training has none")
                == true)
    }

    @Test func `a window without bounds is that of its rows`() {
        var comparison = SkewComparison(with: WrittenRows(["x"], [["0", "1"]]))
        comparison.add(.row("0", [], time: hour))
        comparison.add(.row("1", [], time: minute))
        let window = comparison.report(of: "fraud").window
        #expect(window == WindowSummary(start: at(minute), end: at(hour), rows: 2))
    }

    @Test func `its JSON is what scripts read`() throws {
        let report = SkewReport.x([.number("0", .infinity), .number("1", 1)], training: ["2", "1"])
        let json = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(SkewReport.self, from: json) == report)
        let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
        #expect(
            object.keys.sorted() == [
                "features", "joined_rows", "model", "repeated_keys", "served_only", "tolerance",
                "training_only", "training_rows", "verdict", "versions", "window", "without_key",
            ])
        let feature = try #require((object["features"] as? [[String: Any]])?.first)
        #expect(
            feature.keys.sorted() == [
                "distance", "example", "kind", "largest_difference", "mismatch_share", "mismatches", "name",
                "rows", "served_nulls", "training_nulls",
            ])
        #expect(feature["mismatch_share"] as? Double == 0.5)
        #expect((feature["example"] as? [String: String]) == ["key": "0", "served": "inf", "training": "2"])
    }
}
