import ArgumentParser
import Drift
import Foundation
import Rollouts

struct ShadowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shadow",
        abstract: "Compare what two models say of rows that were served, loss by loss.",
        discussion: """
            Reads rows with their labels, and what each model says of them (files of 'leeway-trainer score', or of any \
            program that writes id,score[,class] in the order of the rows). Differences are summed by clusters of time; \
            figures by row stand beside, marked. Exits with 3 when the candidate's scores are none. See docs/rollouts.md.
            """)

    @Option(help: "The rows: a CSV file (gzipped or not) with a time, a label and an id.")
    var rows: String

    @Option(help: "The model's schema file (JSON).")
    var schema: String

    @Option(help: "The champion's scores of these rows.")
    var champion: String

    @Option(help: "The candidate's.")
    var candidate: String

    @Option(help: "The loss to compare: log_loss, brier, wrong, absolute_error or squared_error.")
    var metric = RolloutMetric.logLoss

    @Option(help: "How long a cluster is, in seconds.")
    var cluster: Int64 = 86_400

    @Option(help: "The chance that the interval by row ever misses the mean.")
    var alpha = 0.05

    @Option(
        help:
            "From where on the champion's score stands for the positive class. Default: the schema's, or .5.")
    var championThreshold: Double?

    @Option(help: "The candidate's.")
    var candidateThreshold: Double?

    @Option(help: "The column of event times (RFC 3339 or Unix).")
    var timeColumn = "time"

    @Option(help: "A file to write the report to, as JSON.")
    var output: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// A century in seconds.
    private static let longestCluster: Int64 = 100 * 365 * 86_400

    func validate() throws {
        guard (1...ShadowCommand.longestCluster).contains(cluster) else {
            throw ValidationError("--cluster lies between 1 and \(ShadowCommand.longestCluster) seconds")
        }
        guard alpha > 0, alpha < 1 else { throw ValidationError("--alpha lies inside (0, 1)") }
    }

    func run() throws {
        let report = try report()
        if let output { try sortedJSON(report).write(to: URL(fileURLWithPath: output), options: .atomic) }
        if json { try printJSON(report) } else { print(report.text) }
    }

    private func report() throws -> ShadowReport {
        let table = try HoldoutTable(
            rows, schema: try ModelSchema.load(schema),
            columns: .init(time: timeColumn, label: nil, id: "id", cluster: nil, slices: []))
        let champion = try table.scores(champion, threshold: championThreshold)
        let candidate = try ofCandidate { try table.scores(self.candidate, threshold: candidateThreshold) }
        do {
            return try ShadowRows(
                table.task, times: table.times, labels: table.labels, champion: champion, candidate: candidate
            ).report(metric, cluster: cluster, alpha: alpha)
        } catch {
            throw CommandFailure(
                message: "leeway: \(rows): \(error)",
                exitCode: error.isOfCandidate ? ShadowError.candidateExitCode : 1)
        }
    }

    /// What is wrong with the candidate's scores is an answer about it.
    private func ofCandidate(_ read: () throws -> ModelScores) throws -> ModelScores {
        do { return try read() } catch let failure as CommandFailure {
            throw CommandFailure(message: failure.message, exitCode: ShadowError.candidateExitCode)
        }
    }
}

extension RolloutMetric: ExpressibleByArgument {}
