import ArgumentParser
import Drift
import Foundation
import Glibc
import RegistryClient

struct DatasetAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Upload a file as a dataset of a model, and wait until it has been read.",
        discussion: """
            Goes on where an upload broke off, its own or another's of the same file; while the registry is gone it \
            tries again for a minute. Exits with 1 when the dataset is unusable.
            """)

    @Option(help: "The model's name.")
    var model: String

    @Option(help: "The schema file (JSON): names and kinds of the features, the task and the label.")
    var schema: String

    @Option(help: "The column of event times. (default: time, where the file has it)")
    var timeColumn: String?

    @Option(
        help: """
            Labels that came later are not in the file (RFC 3339 or Unix). (default: the newest in its column \
            label_time)
            """, transform: moment)
    var labelCutoff: Timestamp?

    @Option(help: "Where the rows are from, as NAME=TEXT, for people; any number of times.")
    var source: [SourceFact] = []

    @Flag(help: "Do not wait until it has been read.")
    var noWait = false

    @Argument(help: "The file: CSV (gzipped or not), or SQLite as 'capture export' writes it.")
    var file: String

    @OptionGroup var options: RegistryOptions

    func run() async throws {
        let client = try options.client()
        let line = ProgressLine(name: file)
        var answer = try await client.upload(
            file, for: model, schema: ModelSchema.load(schema), timeColumn: timeColumn,
            labelCutoff: labelCutoff,
            source: Dictionary(source.map { ($0.name, $0.text) }) { _, last in last }, progress: line.show)
        line.end()
        while !noWait, answer.value.state == .inspecting {
            try await Task.sleep(for: .milliseconds(300))
            answer = try await client.trainingSet(answer.value.id, of: model)
        }
        options.json ? printJSON(answer.json) : print(answer.value.sentence)
        if answer.value.state == .unusable { throw ExitCode(1) }
    }
}

/// Something about where rows are from: `agent=checkout-7`.
struct SourceFact: ExpressibleByArgument {
    let name: String
    let text: String

    init?(argument: String) {
        let halves = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, !halves[0].isEmpty else { return nil }
        (name, text) = (String(halves[0]), String(halves[1]))
    }
}

/// How far an upload is, in a line of standard error that is written over; nothing where that is no terminal.
private struct ProgressLine {
    let name: String
    private let isShown = isatty(STDERR_FILENO) == 1

    init(name: String) { self.name = name.onOneLine }

    func show(_ sent: Int64, _ size: Int64) {
        guard isShown else { return }
        let share = size == 0 ? 100 : sent * 100 / size
        FileHandle.standardError.write(Data("\r\(name): \(share) % of \(size.inBytes)\u{1B}[K".utf8))
    }

    func end() {
        if isShown { FileHandle.standardError.write(Data("\n".utf8)) }
    }
}
