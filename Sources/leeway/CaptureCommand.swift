import Agent
import ArgumentParser
import Capture
import Drift
import Foundation

struct CaptureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "What the agent has captured of a model's stream.",
        subcommands: [CaptureExportCommand.self])
}

struct CaptureExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write captured rows as a training set.",
        discussion: """
            Rows as they were served, by time, id and index, each with its answer and, where it is known, the
            truth. Prints what was written with the SHA-256 of its content, which is the same for the same rows
            in either format. An agent may be running meanwhile.
            """)

    @Option(help: "The agent's folder of state.")
    var state: String?

    @Option(help: "The agent's configuration file, for its folder of state.")
    var config: String?

    @Option(help: "The model.")
    var model: String

    @Option(help: "The first moment of event time, RFC 3339 or Unix; all rows by default.")
    var from: String?

    @Option(help: "The first moment after the last.")
    var to: String?

    @Option(help: "The version that answered, as the stream has it; unknown for rows without one.")
    var modelVersion: String?

    @Option(help: "csv or sqlite.")
    var format = CaptureExport.Format.csv

    @Option(help: "The file to write; one that is there is replaced.")
    var output: String

    @Flag(help: "Leave out rows whose label has not come.")
    var labelled = false

    func validate() throws {
        guard (state == nil) != (config == nil) else { throw ValidationError("give --state or --config") }
        guard !output.isEmpty else { throw ValidationError("--output must not be empty") }
        let (from, to) = (try moment(from, "--from"), try moment(to, "--to"))
        if let from, let to, from >= to { throw ValidationError("--from must be before --to") }
    }

    func run() async throws {
        let export = CaptureExport(model: model, span: try span(), labelledOnly: labelled)
        do {
            let reader = try CaptureReader(state: try stateFolder(), model: model)
            let summary = try await reader.export(export, as: format, to: output)
            print(summary.text(output))
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(message: "leeway: \(error)")
        }
    }

    private func stateFolder() throws -> String {
        if let state { return state }
        do {
            return try AgentConfiguration.load(config ?? "").state
        } catch {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
        }
    }

    private func span() throws -> CaptureSpan {
        CaptureSpan(
            from: try moment(from, "--from"), to: try moment(to, "--to"),
            version: modelVersion.map { $0 == "unknown" ? .unknown : .named($0) })
    }

    private func moment(_ text: String?, _ option: String) throws -> Timestamp? {
        guard let text else { return nil }
        let number =
            Int64(text).flatMap { Timestamp(unix: $0) } ?? Double(text).flatMap { Timestamp(unix: $0) }
        guard let time = number ?? Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
            throw ValidationError(
                "\(option) is a time such as 2013-01-31T12:00:00Z or a Unix time, not '\(text)'")
        }
        return time
    }
}

extension CaptureExport.Format: ExpressibleByArgument {}

extension CaptureExport.Summary {
    fileprivate func text(_ path: String) -> String {
        var fields = Fields(title: path)
        fields.add("rows", "\(rows), \(labelled) labelled")
        fields.add("sample", "\(brief(sampleRate * 100)) % of the rows served")
        fields.add("from", oldest?.description ?? "")
        fields.add("to", newest?.description ?? "")
        fields.add("versions", versions.map { $0 ?? "unknown" }.joined(separator: ", "))
        fields.add("features", "\(features.count)")
        fields.add("sha256", digest)
        return fields.description
    }
}
