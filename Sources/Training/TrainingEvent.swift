import Foundation

/// What happens during training, as a line of JSON each.
package enum TrainingEvent: Equatable, Sendable {
    /// The data are read.
    case dataset(Manifest.RowCounts, features: Int, constant: [String])
    /// A round is over; metrics by `set-metric`. Rounds count from 0.
    case round(Int, metrics: [String: Double])
    /// What XGBoost warns of, once each.
    case warning(String)
    /// The model is written; seconds by what they went into.
    case finished(rounds: Int, digest: String, metrics: [String: Double], seconds: [String: Double])
    /// A dataset was cut in time.
    case split(DatasetSplit.Summary)
    /// Datasets were made one.
    case united(DatasetUnion.Summary)
    /// Rows were scored.
    case scored(RowScorer.Summary)

    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        // A line of texts and numbers encodes.
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Line: Encodable {
        var event: String
        var rows: Manifest.RowCounts?
        var features: Int?
        var constant: [String]?
        var round: Int?
        var rounds: Int?
        var metrics: [String: Double]?
        var message: String?
        var digest: String?
        var scored: Int?
        var seconds: [String: Double]?
        var split: DatasetSplit.Summary?
        var united: DatasetUnion.Summary?
    }

    private var line: Line {
        switch self {
        case .dataset(let rows, let features, let constant):
            Line(event: "dataset", rows: rows, features: features, constant: constant)
        case .round(let round, let metrics): Line(event: "round", round: round, metrics: metrics)
        case .warning(let message): Line(event: "warning", message: message)
        case .finished(let rounds, let digest, let metrics, let seconds):
            Line(event: "finished", rounds: rounds, metrics: metrics, digest: digest, seconds: seconds)
        case .split(let summary): Line(event: "split", split: summary)
        case .united(let summary): Line(event: "united", united: summary)
        case .scored(let summary):
            Line(event: "scored", scored: summary.rows, seconds: summary.seconds)
        }
    }
}
