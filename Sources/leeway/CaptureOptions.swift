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

    @Option(help: "The first moment of event time, RFC 3339 or Unix; all rows by default.", transform: moment)
    var from: Timestamp?

    @Option(help: "The first moment after the last.", transform: moment)
    var to: Timestamp?

    @Option(help: "The version that answered, as the stream has it; unknown for rows without one.")
    var modelVersion: String?

    func validate() throws {
        guard (state == nil) != (config == nil) else { throw ValidationError("give --state or --config") }
        if let from, let to, from >= to { throw ValidationError("--from must be before --to") }
    }

    func reader() throws -> CaptureReader { try CaptureReader(state: try stateFolder(), model: model) }

    var span: CaptureSpan {
        CaptureSpan(
            from: from, to: to,
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
}
