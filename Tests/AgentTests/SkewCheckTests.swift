import Capture
import Drift
import Foundation
import Testing

@testable import Agent

/// 100 rows that were served between noon and one, `x` as 0, 1, 2, … in FP32.
private func served() -> RowBatch {
    var batch = RowBatch()
    (batch.parts, batch.count) = (.features, 100)
    for row in 0..<100 { batch.ids.append("r\(row)") }
    batch.times = [noon.advanced(by: 1)]
    batch.columns = [
        Column(name: "x", part: .features, datatype: .fp32, values: .real((0..<100).map { Double($0) }))
    ]
    return batch
}

private let noon = Timestamp(rfc3339: "2025-01-01T12:00:00Z")!
private let window = CaptureSpan(from: noon, to: noon.advanced(by: 3_600_000_000_000))

/// A store of those rows, and an extract beside it.
private struct Scene {
    let folder: String
    let reader: CaptureReader
    var extract: String { folder + "/features.csv" }

    func write(_ rows: Range<Int>, _ value: (Int) -> String) throws {
        let lines = rows.map { "r\($0),\(value($0))" }
        try write("id,x\n" + lines.joined(separator: "\n"))
    }

    func write(_ text: String) throws {
        try text.write(toFile: extract, atomically: true, encoding: .utf8)
    }

    var check: SkewCheck {
        SkewCheck(
            model: "fraud",
            configuration: SkewConfiguration(
                extract: extract, key: "id", tolerance: .standard, mismatch: SkewPolicy.standardLimits))
    }
}

private func withScene(_ body: (Scene) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = try CaptureStore(state: folder, model: "fraud", now: noon)
    defer { try? store.close() }
    _ = try await store.append(CaptureHandOver([CapturePart(served(), arrival: noon)]), now: noon)
    try await body(Scene(folder: folder, reader: store.reader))
}

@Suite struct SkewCheckTests {
    @Test func `a feature that is computed otherwise for training is found in the window`() async throws {
        try await withScene { scene in
            try scene.write(0..<80) { $0 < 60 ? "\($0)" : "\($0 * 100)" }
            let report = try await scene.check.report(on: window, from: scene.reader)
            #expect((report.joinedRows, report.window.rows) == (80, 100))
            #expect((report.window.start, report.window.end) == (window.from, window.to))
            let feature = try #require(report.features.first)
            #expect((feature.mismatchShare, feature.largestDifference) == (0.25, 7821))
            #expect(feature.example == .init(key: "r79", served: "79", training: "7900"))
            #expect(SkewPolicy().judge(report).signal == .alarming(.critical))
        }
    }

    @Test func `a window without rows is no problem, and says nothing`() async throws {
        try await withScene { scene in
            try scene.write(0..<80) { "\($0)" }
            let later = CaptureSpan(from: window.to, to: window.to?.advanced(by: 1))
            let report = try await scene.check.report(on: later, from: scene.reader)
            #expect((report.window.rows, report.joinedRows) == (0, 0))
            #expect(SkewPolicy().judge(report).signal == nil)
        }
    }

    @Test func `an extract that is written anew is read anew`() async throws {
        try await withScene { scene in
            let check = scene.check
            try scene.write(0..<100) { "\($0)" }
            #expect(try await check.report(on: window, from: scene.reader).features[0].mismatches == 0)
            try scene.write(0..<100) { "\($0 + 1)" }
            #expect(try await check.report(on: window, from: scene.reader).features[0].mismatches == 100)
        }
    }

    @Test func `what keeps rows from being compared is said in a sentence, until it is gone`() async throws {
        try await withScene { scene in
            let check = scene.check
            func problem() async throws -> String {
                let error = await #expect(throws: AgentError.self) {
                    try await check.report(on: window, from: scene.reader)
                }
                return try #require(error).description
            }
            #expect(
                try await problem()
                    == "skew: the extract cannot be used: \(scene.extract): cannot be opened: No such file or directory"
            )
            try scene.write("id,x\nr1,1\nr2\n")
            #expect(try await problem().hasSuffix("features.csv:3: has 1 fields where the header has 2"))
            try scene.write("x\n1\n")
            #expect(try await problem().hasSuffix("there is no column 'id'; the columns are x"))
            try scene.write("id,x\n1,1\n")
            #expect(try await problem().contains("none of 100 served rows has its key among 1 training rows"))
            try scene.write(0..<100) { "\($0)" }
            #expect(try await check.report(on: window, from: scene.reader).joinedRows == 100)
        }
    }
}
