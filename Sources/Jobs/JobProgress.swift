import Foundation

/// How far a job is, as it said itself: each line of JSON on its standard output that begins with a brace and has an
/// `event` tells of it.
package struct JobProgress: Codable, Equatable, Sendable {
    /// The last event: `dataset`, `round`, `finished` or what else the program calls it.
    package var event: String
    /// How many rounds are over; on the line they count from 0.
    package var rounds: Int?
    /// How many there will be at most, where that is known.
    package var of: Int?
    /// The last metrics. NaN and infinities are left out.
    package var metrics: [String: Double]

    package init(event: String, rounds: Int? = nil, of: Int? = nil, metrics: [String: Double] = [:]) {
        (self.event, self.rounds, self.of, self.metrics) = (event, rounds, of, metrics)
    }
}

extension JobProgress {
    private struct Line: Decodable {
        var event: String
        var round: Int?
        var rounds: Int?
        var metrics: [String: Metric]?
    }

    /// What is no finite number counts as none.
    private struct Metric: Decodable {
        var value: Double?

        init(from decoder: any Decoder) throws {
            value = try? decoder.singleValueContainer().decode(Double.self)
        }
    }

    private static let mostMetrics = 100
    private static let longestName = 200

    /// Progress after a line; `nil` for a line that does not tell of any.
    func after(_ line: some Collection<UInt8>) -> JobProgress? {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)),
            line.event.utf8.count <= JobProgress.longestName
        else { return nil }
        var next = self
        next.event = line.event
        if let round = line.round, (0..<Int.max).contains(round) { next.rounds = round + 1 }
        if let rounds = line.rounds, rounds > 0 {
            if line.event == "finished" { next.rounds = rounds } else { next.of = rounds }
        }
        let metrics = line.metrics ?? [:]
        if !metrics.isEmpty { next.metrics = JobProgress.kept(metrics) }
        return next
    }

    private static func kept(_ metrics: [String: Metric]) -> [String: Double] {
        let named = metrics.filter { $0.key.utf8.count <= longestName }.sorted { $0.key < $1.key }
        let finite = named.prefix(mostMetrics).compactMap { name, metric in
            metric.value.flatMap { $0.isFinite ? (name, $0) : nil }
        }
        return Dictionary(uniqueKeysWithValues: finite)
    }
}

/// Finds lines that tell of progress in what a job prints.
struct ProgressReader {
    private(set) var progress: JobProgress?

    private static let longestLine = 64 << 10

    /// - Parameter rounds: how many there will be, where who starts the job knows.
    init(rounds: Int?) { progress = rounds.map { JobProgress(event: "started", of: $0) } }

    /// - Parameter lines: whole lines. Those that begin with a brace are few, and found without looking at the others.
    mutating func read(_ lines: [UInt8]) {
        var position = 0
        while let brace = lines.firstIndex(of: UInt8(ascii: "{"), from: position) {
            let isFirst = brace == 0 || lines[brace - 1].endsLine
            let end = lines.firstIndex(of: UInt8(ascii: "\n"), from: brace) ?? lines.count
            if isFirst, end - brace <= ProgressReader.longestLine { read(line: lines[brace..<end]) }
            position = end
        }
    }

    private mutating func read(line: ArraySlice<UInt8>) {
        guard let next = (progress ?? JobProgress(event: "")).after(line) else { return }
        progress = next
    }
}
