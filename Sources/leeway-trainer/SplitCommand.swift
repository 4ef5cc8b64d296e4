import ArgumentParser
import ConfigurationFile
import Drift
import Rollouts
import Tables
import Training

struct SplitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "split", abstract: "Cut a dataset in time: rows to train on, and rows to judge by.",
        discussion: """
            Writes training.csv and holdout.csv, with the dataset's columns, and questions.csv, the holdout without its \
            labels. The holdout ends where labels are due; \
            before it lies a gap, whose labels were not known when it began. Rows without a label are left out.
            """)

    @Option(help: "The rows: a CSV file (gzipped or not), or what 'leeway capture export' writes.")
    var dataset: String

    @Option(help: "The schema file (JSON): features, task, prediction and label.")
    var schema: String

    @Option(help: "The folder to write to, which is there.")
    var output: String

    @Option(help: "How long a label may take, such as 1d or 2h30m.", transform: duration)
    var labelDelay: Duration

    @Option(help: "How long the holdout is.", transform: duration)
    var holdout: Duration

    @Option(
        help: "How long the gap before it is. Default: the label delay, which is the least.",
        transform: duration)
    var gap: Duration?

    @Option(
        help:
            "When labels are looked at: of rows that are younger than the label delay then, they may be missing.",
        transform: time)
    var now: Timestamp

    @Option(help: "Train on no row before this time.", transform: time)
    var from: Timestamp?

    @Option(help: "The column of event times (RFC 3339 or Unix).")
    var timeColumn = "time"

    @Option(help: "The column that says when each label was known, where there is one.")
    var labelTimeColumn = "label_time"

    func run() throws {
        var split = DatasetSplit(dataset, try TrainingSchema.load(schema), try plan())
        (split.from, split.timeColumn, split.labelTimeColumn) = (from, timeColumn, labelTimeColumn)
        print(event: .split(try split.write(to: output)))
    }

    private func plan() throws -> TemporalSplit.Plan {
        do {
            return try TemporalSplit.Plan(
                labelDelay: labelDelay.nanoseconds, holdout: holdout.nanoseconds, gap: gap?.nanoseconds,
                now: now.nanoseconds)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

@Sendable private func duration(_ text: String) throws -> Duration {
    do {
        return try Duration(configuration: text)
    } catch {
        throw ValidationError("\(error)")
    }
}

/// Reads the time of an option.
@Sendable func time(_ text: String) throws -> Timestamp {
    guard let time = parseTime(text) else {
        throw ValidationError("'\(text)' is neither RFC 3339 nor a Unix time")
    }
    return time
}
