import Drift
import Foundation
import Statistics
import Testing

@Suite struct FeatureDetailTests {
    @Test func `a number's detail counts both sides and says where they are furthest apart`() throws {
        let reference = (0..<100).map { Double($0 % 10) } + [nil, .nan]
        let window = (0..<50).map { Double($0 % 5) } + [nil, nil, .nan, 12.5]
        let report = try Reference.of(.x(reference)).reports(.x(window))[0]
        let detail = try #require(report.detail)
        #expect((detail.values, detail.notANumber) == (51, 1))
        #expect((detail.minimum, detail.maximum) == (0, 12.5))
        #expect((detail.referenceValues, detail.referenceMissing) == (100, 2))
        #expect((detail.referenceMinimum, detail.referenceMaximum) == (0, 9))
        #expect((detail.furthestApart, detail.isFurthestBelow) == (4, false))
        #expect(isClose(report.measures["ks"]?.value, 50.0 / 51 - 0.5))
    }

    @Test func `values that lie in a gap of the reference's are furthest apart just below its end`() throws {
        let reference = Array(repeating: 0.0, count: 50) + Array(repeating: 10, count: 50)
        let report = try Reference.of(.x(reference)).reports(.x(Array(repeating: 5, count: 50)))[0]
        #expect(report.measures["ks"]?.value == 0.5)
        let detail = try #require(report.detail)
        #expect((detail.furthestApart, detail.isFurthestBelow) == (0, false))
        let later = try Reference.of(.x(reference)).reports(
            .x(Array(repeating: 5, count: 90) + Array(repeating: 0, count: 50)))[0]
        #expect(isClose(later.measures["ks"]?.value, 0.5))
        #expect((later.detail?.furthestApart, later.detail?.isFurthestBelow) == (10, true))
    }

    @Test func `the terms of its bins add up to PSI`() throws {
        let reference = SplitMix64.normals(seed: 1, 2000)
        let report = try Reference.of(.x(reference)).reports(.x(SplitMix64.normals(seed: 2, 500, 0.7)))[0]
        let bins = try #require(report.detail?.stability)
        #expect(bins.edges.count + 1 == bins.terms.count)
        #expect((bins.reference.reduce(0, +), bins.current.reduce(0, +)) == (2000, 500))
        #expect(isClose(bins.terms.reduce(0, +), report.measures["psi"]?.value))
        #expect(bins.edges == bins.edges.sorted())
    }

    @Test func `of categories those with the largest terms are shown, the rest as one`() throws {
        func values(_ shift: Int) -> [String?] {
            (0..<6000).map { "c\(min($0 % 30, ($0 + shift) % 30))" }
        }
        let report = try Reference.of(.c(values(0))).reports(.c(values(7)))[0]
        let bins = try #require(report.detail?.stability)
        #expect(bins.categories.count == 21 && bins.categories.last == "(rest)")
        #expect(bins.terms.dropLast() == bins.terms.dropLast().sorted(by: >)[...])
        #expect((bins.reference.reduce(0, +), bins.current.reduce(0, +)) == (6000, 6000))
        #expect(isClose(bins.terms.reduce(0, +), report.measures["psi"]?.value))
    }

    @Test func `few categories need no rest`() throws {
        let values: [String?] = (0..<100).map { ["a", "b"][$0 % 2] }
        let report = try Reference.of(.c(values)).reports(.c(values))[0]
        #expect(report.detail?.stability?.categories == ["a", "b"])
        #expect(report.detail?.furthestApart == nil)
    }

    @Test func `a report of an older version is read without detail`() throws {
        var report = try Reference.of(.x([1, 2, 3])).reports(.x([1, 2]))[0]
        let data = try JSONEncoder().encode(report)
        #expect(try JSONDecoder().decode(FeatureReport.self, from: data) == report)
        report.detail = nil
        let older = try JSONEncoder().encode(report)
        #expect(!String(decoding: older, as: UTF8.self).contains("detail"))
        #expect(try JSONDecoder().decode(FeatureReport.self, from: older) == report)
    }
}
