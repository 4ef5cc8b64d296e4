import ArgumentParser
import Training

struct ScoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Score rows with a trained model.",
        discussion: "Writes id,score (and class for a classifier), a line a row in the order of the rows.")

    @Option(help: "The folder that 'train' has written.")
    var model: String

    @Option(help: "The rows: a CSV file (gzipped or not, - for standard input), or a captured SQLite file.")
    var rows: String

    @Option(help: "The CSV file to write.")
    var output: String

    @Option(help: "The column that names rows; without it they are numbered from 1.")
    var idColumn = "id"

    @Option(help: "How many threads predict. Default: every processor.")
    var threads: Int = processors

    func validate() throws {
        guard (1...1024).contains(threads) else {
            throw ValidationError("--threads lies between 1 and 1024, not \(threads)")
        }
    }

    func run() throws {
        let scorer = RowScorer(try ModelFolder(model).load(), threads: threads)
        let summary = try scorer.score(rows, to: output, idColumn: idColumn)
        print(event: .scored(summary))
    }
}
