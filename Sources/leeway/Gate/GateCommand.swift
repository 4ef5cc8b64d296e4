import ArgumentParser
import Drift
import Foundation
import Rollouts

struct GateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Hold a candidate against the champion, on rows that neither was trained on.",
        discussion: """
            Reads the holdout and what each model says of its rows (files of 'leeway-trainer score', or of any program that \
            writes id,score[,class] in the order of the rows). The paired bootstrap of clusters decides; see docs/gate.md. \
            Exits with 0 when the candidate passes, 3 when it fails, 4 when the rows show neither.
            """)

    @Option(help: "The rows: a CSV file (gzipped or not) with a time, a label and an id.")
    var holdout: String

    @Option(help: "The model's schema file (JSON).")
    var schema: String

    @Option(help: "The candidate's scores of these rows.")
    var candidate: String

    @Option(
        help: "The champion's; without them the floors are all that is asked of the first model of a name.")
    var champion: String?

    @Option(
        help: "Scores by another training of the champion's recipe, under another seed; any number of times.")
    var retrain: [String] = []

    @Option(help: "What is asked for: a JSON file as in docs/gate.md.")
    var policy: String

    @Option(help: "Rows of one day are not independent; or name the column of another unit.")
    var cluster = "day"

    @Option(help: "A column in each of whose values the candidate may do no harm; any number of times.")
    var slice: [String] = []

    @Option(
        help:
            "From where on the candidate's score stands for the positive class. Default: the schema's, or .5."
    )
    var candidateThreshold: Double?

    @Option(help: "The champion's.")
    var championThreshold: Double?

    @Option(help: "How many candidates of the model these rows have judged before, to be told in the report.")
    var judgedBefore: Int?

    @Option(help: "And how many other rows of the same time have.")
    var judgedOverlapping: Int?

    @Option(help: "The column of event times (RFC 3339 or Unix).")
    var timeColumn = "time"

    @Option(help: "The column of labels. Default: as the schema has it, or 'label'.")
    var labelColumn: String?

    @Option(help: "The column of ids.")
    var idColumn = "id"

    @Option(help: "A file to write the report to, as JSON.")
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let report = try report()
        if let output { try write(report, to: output) }
        if json { try printJSON(report) } else { print(report.text) }
        switch report.verdict {
        case .pass: return
        case .fail: throw ExitCode(3)
        case .inconclusive: throw ExitCode(4)
        }
    }

    private func report() throws -> GateReport {
        let policy = try GatePolicy.load(policy)
        let table = try HoldoutTable(
            holdout, schema: try ModelSchema.load(schema),
            columns: .init(
                time: timeColumn, label: labelColumn, id: idColumn, cluster: cluster == "day" ? nil : cluster,
                slices: slice))
        do {
            var report = try Gate(policy).judge(
                try rows(table), slices: table.slices,
                retrains: try retrain.map { try table.scores($0, threshold: championThreshold) })
            report.holdout = judgedBefore.map { .init(before: $0, overlapping: judgedOverlapping ?? 0) }
            return report
        } catch let error as GateError {
            throw CommandFailure(message: "leeway: \(holdout): \(error)")
        }
    }

    private func rows(_ table: HoldoutTable) throws -> GateRows {
        let candidate = try table.scores(candidate, threshold: candidateThreshold)
        let champion = try champion.map { try table.scores($0, threshold: championThreshold) }
        return try GateRows(
            table.task, labels: table.labels, champion: champion, candidate: candidate,
            clusterKeys: table.clusterKeys)
    }

    private func write(_ report: GateReport, to path: String) throws {
        do {
            try sortedJSON(report).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(message: "leeway: \(path) cannot be written: \(error.localizedDescription)")
        }
    }
}

extension GatePolicy {
    fileprivate static func load(_ path: String) throws -> GatePolicy {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(message: "\(path): there is no such file, or it cannot be read")
        }
        do {
            return try JSONDecoder().decode(GatePolicy.self, from: data)
        } catch let error as DecodingError {
            throw CommandFailure(message: "\(path): not a gate's policy: \(error.plainDescription)")
        }
    }
}
