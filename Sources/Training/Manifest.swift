/// What `manifest.json` says about a model: its files by their SHA-256, and how it came to be.
package struct Manifest: Codable, Equatable, Sendable {
    package struct File: Codable, Equatable, Sendable {
        package var name: String
        package var sha256: String
        package var bytes: Int
    }

    package var version = 1
    /// See `Payload.digest`.
    package var digest: String
    package var files: [File]
    package var trainer: String
    package var xgboost: String
    /// All of XGBoost's parameters, seed and threads among them; more values than one are separated by commas.
    package var parameters: [String: String]
    /// Rounds that the model keeps.
    package var rounds: Int
    package var rows: RowCounts
    /// After the last round that is kept, by `set-metric`.
    package var metrics: [String: Double]

    package struct RowCounts: Codable, Equatable, Sendable {
        package var training: Int
        package var holdout: Int
        /// Left out, because they have no label.
        package var unlabelled: Int

        package init(training: Int, holdout: Int, unlabelled: Int) {
            (self.training, self.holdout, self.unlabelled) = (training, holdout, unlabelled)
        }
    }

    package static let knownVersion = 1
    package static let fileName = "manifest.json"
}
