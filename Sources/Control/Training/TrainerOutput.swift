import Foundation

/// What `leeway-trainer` says of a model in its `manifest.json`.
package struct TrainedManifest: Decodable, Sendable {
    package var digest: String
    package var xgboost: String
    var parameters: [String: String]

    /// - Throws: `TrainingFailure` where there is none.
    package init(_ path: String) throws {
        guard let json = FileManager.default.contents(atPath: path) else {
            throw TrainingFailure("the trainer left no manifest")
        }
        self = try JSONDecoder().decode(TrainedManifest.self, from: json)
    }
}

/// A round of training, with what was measured after it.
struct RoundEvent: Decodable {
    var round: Int64
    var metrics: [String: Double]

    var values: [(key: String, value: Double, step: Int64)] {
        metrics.sorted { $0.key < $1.key }.map { ($0.key, $0.value, round) }
    }
}

/// How a dataset was split.
struct SplitEvent: Decodable {
    struct Split: Codable {
        struct Part: Codable {
            var rows: Int
            var from: String
            var to: String
        }

        var training: Part
        var holdout: Part
        var gap: Int
        var tooNew: Int
        var tooOld: Int
        var unlabelled: Int

        private enum CodingKeys: String, CodingKey {
            case training, holdout, gap, unlabelled
            case tooNew = "too_new"
            case tooOld = "too_old"
        }
    }

    var split: Split
}
