package import Drift
package import FoundationEssentials
package import Jobs
package import Retraining
import Rollouts

/// What a model was trained from, and with what: whoever has this, the dataset and the programs makes it again.
package struct TrainingRecord: Codable, Equatable, Sendable {
    package var version = 1
    package var recipe: TrainingRecipe
    /// The dataset's id, which is the SHA-256 of its file.
    package var dataset: String
    package var timeColumn: String
    /// Labels are known up to here: the split is made as at this moment.
    package var now: Timestamp
    /// Rows before it were not learnt from.
    package var from: Timestamp?
    /// The SHA-256 of the schema's file.
    package var schema: String
    /// Why it was trained.
    package var request: String
    package var cause: RetrainCause
    package var environment: TrainingEnvironment
    /// What identifies the model's payload; `nil` for a model of a command.
    package var payload: String?

    package static let knownVersion = 1
    /// Where a run keeps it, and the schema beside it.
    package static let path = "training/record.json"
    package static let schemaPath = "training/schema.json"
    /// Its name among the files of the version.
    package static let fileName = "training.json"

    private enum CodingKeys: String, CodingKey {
        case version, recipe, dataset, now, from, schema, request, cause, environment, payload
        case timeColumn = "time_column"
    }

    package init(
        recipe: TrainingRecipe, dataset: String, timeColumn: String, now: Timestamp, from: Timestamp?,
        schema: String, request: String, cause: RetrainCause, environment: TrainingEnvironment
    ) {
        (self.recipe, self.dataset, self.timeColumn) = (recipe, dataset, timeColumn)
        (self.now, self.from, self.schema) = (now, from, schema)
        (self.request, self.cause, self.environment) = (request, cause, environment)
    }
}

// MARK: - Which rows

extension TrainingRecipe {
    /// Rows before it are not learnt from, where the recipe leaves some out.
    ///
    /// - Parameters:
    ///   - now: labels are known up to here.
    ///   - change: when what made the training necessary began, where something did.
    func firstMoment(now: Timestamp, change: Timestamp?) -> Timestamp? {
        switch window {
        case .full: nil
        case .sinceChange: change
        case .sliding(let length):
            now.advanced(
                by: -[labelDelay, holdout, gap, length].reduce(0) { $0 + $1.duration.nanoseconds })
        }
    }
}

extension RetrainRequest {
    /// When the change began that the alerts speak of, those about the data's quality aside.
    var changeBegan: Timestamp? {
        evidence.filter { $0.isFiring && $0.kind != "quality" }.map(\.window.start).min()
            ?? (cause.trigger.isOfChampion ? window?.start : nil)
    }
}

extension TrainingRecord {
    /// Rows from here on are held out.
    var holdoutStart: Timestamp {
        now.advanced(by: -(recipe.labelDelay.duration.nanoseconds + recipe.holdout.duration.nanoseconds))
    }

    /// Rows from here on have neither been learnt from nor judged by.
    var holdoutEnd: Timestamp { now.advanced(by: -recipe.labelDelay.duration.nanoseconds) }

    /// Rows from here on are not learnt from.
    var trainingEnd: Timestamp { holdoutStart.advanced(by: -recipe.gap.duration.nanoseconds) }
}

extension RetrainRequest {
    /// The rows that a person has named.
    var namedSpan: Window? {
        guard cause.trigger.isExplicit, let window, window.start < window.end else { return nil }
        return window
    }
}

// MARK: - How programs are called

extension TrainingRecord {
    /// Cuts the dataset in time into `training.csv` and `holdout.csv`.
    package func splitCommand(
        _ programs: TrainingPrograms, dataset: String, schema: String, output: String
    ) -> JobCommand {
        JobCommand(
            programs.trainer,
            [
                "split", "--dataset", dataset, "--schema", schema, "--output", output,
                "--label-delay", recipe.labelDelay.duration.configurationText,
                "--holdout", recipe.holdout.duration.configurationText,
                "--gap", recipe.gap.duration.configurationText,
                "--now", "\(now)", "--time-column=\(timeColumn)",
            ] + (from.map { ["--from", "\($0)"] } ?? []))
    }

    /// Trains by XGBoost; `nil` where the recipe has a command do so.
    ///
    /// - Parameters:
    ///   - parameters: the file of XGBoost's parameters.
    ///   - seed: the recipe's own unless said otherwise.
    package func trainCommand(
        _ programs: TrainingPrograms, rows: String, schema: String, parameters: String, output: String,
        seed: UInt32? = nil
    ) -> JobCommand? {
        guard case .xgboost(_, let rounds, let earlyStopping) = recipe.trainer else { return nil }
        return JobCommand(
            programs.trainer,
            [
                "train", "--dataset", rows, "--schema", schema, "--output", output,
                "--parameters", parameters, "--rounds", "\(rounds)", "--seed", "\(seed ?? recipe.seed)",
                "--threads", "\(recipe.threads)", "--time-column=\(timeColumn)",
            ] + (earlyStopping.map { ["--early-stopping", "\($0)"] } ?? []))
    }
}

extension TrainingRecipe {
    /// XGBoost's parameters as a JSON object; `nil` where a command trains.
    package func parameters() throws -> Data? {
        guard case .xgboost(let parameters, _, _) = trainer else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(parameters)
    }

    /// How many rounds it trains at most, where that is known.
    var rounds: Int? {
        guard case .xgboost(_, let rounds, _) = trainer else { return nil }
        return rounds
    }
}
