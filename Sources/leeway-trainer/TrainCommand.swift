import ArgumentParser
import Foundation
import Training

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a model from rows with labels.",
        discussion: """
            Prints a JSON line when the data are read, one a round, and one at the end. Rows without a label are left \
            out and counted. The same files, seed and threads make the same model, bit for bit.
            """)

    @Option(help: "The rows: a CSV file (gzipped or not), or what 'leeway capture export' writes.")
    var dataset: String

    @Option(help: "The schema file (JSON): features, task, prediction and label.")
    var schema: String

    @Option(help: "The folder to write the model to; it is not there yet, or empty.")
    var output: String

    @Option(help: "XGBoost's own parameters by their own names: a JSON object.")
    var parameters: String?

    @Option(help: "Rows to measure on. Without it, and with --early-stopping, the last 20 % by time.")
    var holdout: String?

    @Option(help: "The column of times (RFC 3339 or Unix) that the last rows are found by.")
    var timeColumn = "time"

    @Option(help: "How many rounds to train, at most.")
    var rounds = 100

    @Option(help: "Stop after so many rounds without a better holdout, and keep the best.")
    var earlyStopping: Int?

    @Option(help: "The seed of everything random.")
    var seed: UInt32 = 0

    @Option(
        help: "How many threads to use; part of what makes a model reproducible. Default: every processor.")
    var threads: Int = processors

    func validate() throws {
        guard (1...100_000).contains(rounds) else {
            throw ValidationError("--rounds lies between 1 and 100000, not \(rounds)")
        }
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads lies between 1 and 1024, not \(threads)")
        }
        guard earlyStopping ?? 1 > 0 else {
            throw ValidationError("--early-stopping is at least 1: leave it out to train all rounds")
        }
        guard seed <= Int32.max else { throw ValidationError("--seed is at most \(Int32.max)") }
    }

    func run() throws {
        var job = TrainingJob(dataset: dataset, schema: schema, output: output)
        (job.parameters, job.holdout, job.timeColumn) = (parameters, holdout, timeColumn)
        (job.rounds, job.earlyStopping, job.seed, job.threads) = (rounds, earlyStopping, seed, threads)
        job.trainer = Trainer.version
        _ = try job.run { event in
            print(event: event)
            if case .dataset(_, _, let constant) = event, !constant.isEmpty { warn(ofConstant: constant) }
        }
    }

    private func warn(ofConstant features: [String]) {
        let names = features.map { "'\($0)'" }.joined(separator: ", ")
        printError("leeway-trainer: \(dataset): one value in every row, so nothing is learnt from: \(names)")
    }
}
