import Agent
import ArgumentParser
import Capture
import Drift

/// Which captured rows a command reads.
struct CaptureOptions: ParsableArguments {
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

    func validate() throws {
        guard (state == nil) != (config == nil) else { throw ValidationError("give --state or --config") }
        let (from, to) = (try moment(from, "--from"), try moment(to, "--to"))
        if let from, let to, from >= to { throw ValidationError("--from must be before --to") }
    }

    func reader() throws -> CaptureReader { try CaptureReader(state: try stateFolder(), model: model) }

    func span() throws -> CaptureSpan {
        CaptureSpan(
            from: try moment(from, "--from"), to: try moment(to, "--to"),
            version: modelVersion.map { $0 == "unknown" ? .unknown : .named($0) })
    }

    private func stateFolder() throws -> String {
        if let state { return state }
        do {
            return try AgentConfiguration.load(config ?? "").state
        } catch {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
        }
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
