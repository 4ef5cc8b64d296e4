import ArgumentParser
import Drift
import Tables
import Training

struct UniteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unite", abstract: "Make datasets of several agents one.",
        discussion: """
            Writes rows.csv, the labelled rows from a moment on, each once by its id and index, and questions.csv, the same \
            without their labels.
            """)

    @Option(help: "Rows: what 'leeway capture export' writes, or a CSV file; any number of times.")
    var dataset: [String]

    @Option(help: "The schema file (JSON): features, task, prediction and label.")
    var schema: String

    @Option(help: "The folder to write to, which is there.")
    var output: String

    @Option(help: "Leave out rows before this time.", transform: time)
    var from: Timestamp

    @Option(help: "The column of event times (RFC 3339 or Unix).")
    var timeColumn = "time"

    func run() throws {
        var union = DatasetUnion(dataset, try TrainingSchema.load(schema), from: from)
        union.timeColumn = timeColumn
        print(event: .united(try union.write(to: output)))
    }
}
