package import ConfigurationFile
import Crypto
import Drift
package import FoundationEssentials
package import Rollouts

/// How candidates of a model are made and judged. The same recipe, rows and programs make the same candidate; how long
/// it may take, and where files lie, is not a part of it.
package struct TrainingRecipe: Codable, Equatable, Sendable {
    package enum Trainer: Codable, Equatable, Sendable {
        /// - Parameters:
        ///   - parameters: by XGBoost's own names.
        ///   - earlyStopping: rounds without a better holdout to stop after; `nil` trains them all.
        case xgboost(parameters: [String: ConfigurationValue], rounds: Int, earlyStopping: Int?)
        /// A program of the user's own, and what it is told.
        case command(words: [String])

        private enum XgboostCodingKeys: String, CodingKey {
            case parameters, rounds
            case earlyStopping = "early_stopping"
        }
    }

    package enum Dataset: Codable, Equatable, Sendable {
        /// What agents have captured.
        case captured
        /// A path as it is written in the configuration.
        case file(path: String)
    }

    /// Which of the rows before the holdout are learnt from.
    package enum Window: Codable, Equatable, Sendable {
        case full
        /// The newest, so long.
        case sliding(length: RecipeDuration)
        /// Those after the change that made the training necessary.
        case sinceChange

        private enum CodingKeys: String, CodingKey {
            case full, sliding
            case sinceChange = "since_change"
        }
    }

    /// What rows share that are not independent of each other.
    package enum Cluster: Codable, Equatable, Sendable {
        /// A day of UTC.
        case day
        case column(name: String)
    }

    /// How the rows are cut into the blocks that windows will be ranked among: as the windows are.
    package enum Blocks: Codable, Equatable, Sendable {
        case time(length: RecipeDuration, offset: RecipeDuration)
        case rows(count: Int)
    }

    package var model: String
    package var trainer: Trainer
    /// Of everything random.
    package var seed: UInt32
    /// Part of what makes a training reproducible: sums are rounded in the order they are added in.
    package var threads: Int
    /// The program that scores rows with models that are not of `leeway-trainer`, and what it is told; `nil` for the
    /// bundled one, which scores any MLflow model.
    package var scorer: [String]?
    /// A path as it is written in the configuration.
    package var schema: String
    package var dataset: Dataset
    /// Of event times, in a file that the recipe names; `nil` for `time`.
    package var timeColumn: String?
    package var window: Window
    /// How long a label may take.
    package var labelDelay: RecipeDuration
    package var holdout: RecipeDuration
    /// Between the rows that are learnt from and the holdout; at least `labelDelay`.
    package var gap: RecipeDuration
    package var cluster: Cluster
    /// Columns in each of whose values a candidate may do no harm.
    package var sliceBy: [String]
    package var blocks: Blocks
    package var gate: GatePolicy

    private enum CodingKeys: String, CodingKey {
        case model, trainer, seed, threads, scorer, schema, dataset, window, holdout, gap, cluster, blocks,
            gate
        case labelDelay = "label_delay"
        case timeColumn = "time_column"
        case sliceBy = "slice_by"
    }
}

extension TrainingRecipe {
    /// JSON with sorted members and without blanks: the same recipe is the same bytes.
    package var canonical: Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else {
            preconditionFailure("texts and finite numbers encode")
        }
        return json
    }

    /// SHA-256 of ``canonical``, in hexadecimal.
    package var digest: String { SHA256.hash(data: canonical).hexadecimal }

    /// The plan to split rows by, at a time in nanoseconds since 1970.
    package func splitPlan(at now: Int64) throws(GateError) -> TemporalSplit.Plan {
        try TemporalSplit.Plan(
            labelDelay: labelDelay.duration.nanoseconds, holdout: holdout.duration.nanoseconds,
            gap: gap.duration.nanoseconds, now: now)
    }
}

/// A length of time that is written as in a configuration: `1w`, `1h30m`.
package struct RecipeDuration: Codable, Equatable, Sendable {
    package var duration: Duration

    package init(_ duration: Duration) { self.duration = duration }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            duration = try Duration(configuration: text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.reason)
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(duration.configurationText)
    }
}
