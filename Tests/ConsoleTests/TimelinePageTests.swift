import Drift
import Foundation
import Testing

@testable import Console

private let hour: Int64 = 3_600_000_000_000
private let hostile = ["<script>alert(1)</script>", "say \"hi\" \\", "🛒", "two\nlines", "a/b", "café"]

private func report(_ index: Int64, _ features: [FeatureReport]) -> DriftReport {
    let start = Timestamp(nanoseconds: index * hour)
    return DriftReport(
        model: "flight-delay", reference: "abc", versions: ["7"],
        window: WindowSummary(start: start, end: start.advanced(by: hour), rows: 900, partial: index == 0),
        verdict: index == 0 ? .insufficient : .drifted, test: nil, features: features)
}

private func feature(_ name: String, _ value: Double, family: FeatureReport.Family = .data) -> FeatureReport {
    FeatureReport(
        name: name, kind: .numeric, family: family, rows: 900, missing: 0,
        measures: ["psi": MeasureReport(value: value)], primary: "psi", drifted: value > 1)
}

struct TimelinePageTests {
    private struct Page: Decodable {
        struct Windows: Decodable {
            var start, end: [String]
            var partial, verdict: String
        }

        struct Feature: Decodable {
            var name, measure, levels: String
            var exponent: Int
            var values: [Int?]
            var threshold: Double?
        }

        var model: String
        var windows: Windows
        var features: [Feature]
    }

    private func page(_ reports: [DriftReport], _ query: String = "") async throws -> Page {
        var page: Page?
        try await withConsole(FakeObservatory(reports: reports)) { console in
            let answer = try await console.get("/api/v1/models/flight-delay/timeline" + query)
            #expect(answer.status == 200)
            page = try JSONDecoder().decode(Page.self, from: Data(answer.body.utf8))
        }
        return try #require(page)
    }

    @Test func `a heat map is columns`() async throws {
        let page = try await page([
            report(0, [feature("x", 0.0123)]), report(1, [feature("x", 2.5), feature("y", 0.2)]),
        ])
        #expect(page.windows.start == ["1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"])
        #expect(page.windows.end == ["1970-01-01T01:00:00Z", "1970-01-01T02:00:00Z"])
        #expect((page.windows.partial, page.windows.verdict) == ("10", "id"))
        let (x, y) = (page.features[0], page.features[1])
        #expect((x.name, x.measure, x.levels, x.threshold) == ("x", "psi", "ia", 0.1))
        #expect((x.exponent, x.values) == (-2, [1, 250]))
        #expect((y.exponent, y.values, y.levels) == (-3, [nil, 200], "-c"))
    }

    @Test func `names are kept as they are`() async throws {
        let page = try await page([report(1, hostile.map { feature($0, 0) })])
        #expect(page.features.map(\.name) == hostile)
    }

    @Test func `so many windows as are asked for, the newest`() async throws {
        let reports = (0..<9).map { report($0, [feature("x", 0)]) }
        let page = try await page(reports, "?windows=2&measure=psi")
        #expect(page.windows.start == ["1970-01-01T07:00:00Z", "1970-01-01T08:00:00Z"])
    }

    @Test(arguments: ["windows=0", "windows=201", "windows=x", "measure=chi2", "measure="])
    func `what cannot be shown is refused`(query: String) async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/flight-delay/timeline?" + query)
            #expect(answer.status == 400 && answer.body.contains("bad_parameter"))
        }
    }

    @Test func `an unknown model has none`() async throws {
        try await withConsole { console in
            let answer = try await console.get("/api/v1/models/none/timeline")
            #expect(answer.status == 404)
        }
    }

    @Test(
        arguments: [
            ([0.5], -3, [500]), ([999.4, 1], 0, [999, 1]), ([1234, 5], 1, [123, 1]), ([], 0, []),
            ([0], 0, [0]),
            ([-0.02, 0.01], -4, [-200, 100]), ([.nan, 7], -2, [nil, 700]),
            ([.infinity, 7], -2, [nil, 700]),
        ] as [([Float], Int, [Int?])])
    func `numbers are to three digits of the largest`(values: [Float], exponent: Int, numbers: [Int?]) {
        let scaled = ScaledNumbers(values)
        #expect((scaled.exponent, scaled.numbers) == (exponent, numbers))
    }

    @Test func `500 features in 200 windows are at most 300 KB`() {
        var (timeline, generator) = (DriftTimeline(effects: .standard), SystemRandomNumberGenerator())
        for index in 0..<200 {
            timeline.append(
                report(
                    Int64(index) + 1,
                    (0..<500).map { feature("feature number \($0)", .random(in: 0..<0.3, using: &generator)) }
                ))
        }
        let page = TimelinePage(
            model: "m", measureName: "primary", timeline: timeline, measure: .primary, count: 200, status: nil
        )
        let compressed = Gzip.compressed(page.bytes, .quick)
        #expect(compressed.count < 300_000 && compressed.count > 50_000)
    }

    // MARK: Cells

    @Test(arguments: hostile)
    func `a cell is found by its window's end and its name`(name: String) async throws {
        let reports = [report(1, [feature(name, 2.5), feature(name, 0, family: .prediction)])]
        try await withConsole(FakeObservatory(reports: reports)) { console in
            let place = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics)!
            let path = "/api/v1/models/flight-delay/windows/1970-01-01T02:00:00Z/features/\(place)"
            let cell = try JSON(parsing: Data(try await console.get(path).body.utf8))
            guard case .object(let members) = cell, case .object(let feature)? = members["feature"] else {
                Issue.record("\(cell)")
                return
            }
            #expect(members["level"] == .text("alarmed"))
            #expect((feature["name"], feature["family"]) == (.text(name), .text("data")))
            let output = try await console.get(path + "?family=prediction")
            #expect(output.body.contains(#""family":"prediction""#))
        }
    }

    @Test(arguments: [
        ("1970-01-01T02:00:00Z", "none", "unknown_feature"), ("1970-01-01T03:00:00Z", "x", "unknown_window"),
        ("yesterday", "x", "unknown_window"),
    ])
    func `a cell that is not there is not found`(end: String, name: String, code: String) async throws {
        try await withConsole(FakeObservatory(reports: [report(1, [feature("x", 0)])])) { console in
            let answer = try await console.get(
                "/api/v1/models/flight-delay/windows/\(end)/features/\(name)")
            #expect(answer.status == 404 && answer.body.contains(code))
        }
    }
}
