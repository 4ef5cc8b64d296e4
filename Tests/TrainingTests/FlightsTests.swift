import Foundation
import Testing
import Training

/// What Python's XGBoost made of the flights with one seed: `tools/golden/flights_training.py`.
private struct FlightsGolden: Decodable {
    let rounds: Int
    let seed: UInt32
    let rows: Int
    let auc: [String: Double]

    static func load() throws -> FlightsGolden {
        let file = try #require(Bundle.module.resourceURL).appending(path: "Golden/flights.json")
        return try JSONDecoder().decode(FlightsGolden.self, from: Data(contentsOf: file))
    }
}

@Suite struct FlightsTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appending(path: "../../tools/flights").standardized.path()

    /// January's rows, and those after them, split by the text of their time.
    private func months(_ bench: Workbench) throws -> (
        january: String, later: [(month: String, label: String)]
    ) {
        let gunzip = Process()
        gunzip.executableURL = URL(fileURLWithPath: "/bin/sh")
        gunzip.arguments = [
            "-c", "gunzip -c '\(FlightsTests.folder)/flights-sample.csv.gz' > '\(bench.path("flights.csv"))'",
        ]
        try gunzip.run()
        gunzip.waitUntilExit()
        let lines = try bench.lines("flights.csv")
        let january = lines.filter { $0.hasPrefix("id,") || $0.split(separator: ",")[1].hasPrefix("2013-01") }
        let later = lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            return (month: String(fields[1].prefix(7)), label: String(fields[fields.count - 1]))
        }
        return (january.joined(separator: "\n") + "\n", later)
    }

    @Test func `a model of January does as well every month as the one Python's XGBoost trains`() throws {
        let golden = try FlightsGolden.load()
        let bench = try Workbench()
        let (january, rows) = try months(bench)
        var job = TrainingJob(
            dataset: try bench.write(january, to: "january.csv"),
            schema: "\(FlightsTests.folder)/schema.json",
            output: bench.path("model"))
        (job.rounds, job.seed) = (golden.rounds, golden.seed)
        job.parameters = try bench.write(#"{"max_depth":4,"eta":0.1,"subsample":0.8}"#, to: "parameters.json")
        #expect(try job.run().rows.training == golden.rows)
        let scorer = RowScorer(try ModelFolder(bench.path("model")).load(), threads: 1)
        _ = try scorer.score(bench.path("flights.csv"), to: bench.path("scores.csv"))
        let scores = try bench.lines("scores.csv").dropFirst().map { line in
            try #require(Double(line.split(separator: ",")[1]))
        }
        for (month, expected) in golden.auc {
            let scored = zip(rows, scores).filter { $0.0.month == month && !$0.0.label.isEmpty }
            let found = areaUnderCurve(scored.map { (score: $1, positive: $0.label == "1") })
            #expect(abs(found - expected) < 0.005, "\(month): \(found), not \(expected)")
        }
    }
}

/// How often a positive scores above a negative, ties by half: by ranks.
private func areaUnderCurve(_ rows: [(score: Double, positive: Bool)]) -> Double {
    let sorted = rows.sorted { $0.score < $1.score }
    var (sum, below, start) = (0.0, 0.0, 0)
    while start < sorted.count {
        let end = sorted[start...].firstIndex { $0.score != sorted[start].score } ?? sorted.count
        let positives = Double(sorted[start..<end].count(where: \.positive))
        let negatives = Double(end - start) - positives
        sum += positives * (below + negatives / 2)
        below += negatives
        start = end
    }
    return sum / (below * (Double(sorted.count) - below))
}
