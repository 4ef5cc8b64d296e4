import Agent
import ArgumentParser
import Foundation
import Glibc

/// The one binary: arguments in, the other targets' work out.
@main
struct Leeway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leeway",
        abstract: "Watches what a model is fed and what it answers, and says when that has drifted.",
        version: version,
        subcommands: [
            AgentCommand.self, CheckCommand.self, CompareCommand.self, ReferenceCommand.self,
            ProfileCommand.self, ReplayCommand.self, TopCommand.self, AlertsCommand.self,
            RegistryCommand.self, ModelsCommand.self,
            RunsCommand.self, RetrainCommand.self, DatasetCommand.self, JobCommand.self, CaptureCommand.self,
            SkewCommand.self, RolloutCommands.self,
            GateCommand.self, ShadowCommand.self, WhyCommand.self, ReproduceCommand.self,
        ])

    static let version = Agent.version

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            try flushOutput()
        } catch {
            end(with: error)
        }
    }

    /// What was printed may still wait, for a disk that is full or a pipe that is closed.
    static func flushOutput() throws {
        guard fflush(nil) != 0 else { return }
        throw CommandFailure(
            message: "leeway: cannot write to standard output: \(unsafe String(cString: strerror(errno)))")
    }

    /// Ends with 0 after help, 2 for wrong usage, what an `ExitCode` says, else 1 and the error on stderr.
    private static func end(with error: any Error) -> Never {
        if let code = error as? ExitCode { Glibc.exit(code.rawValue) }
        if let failure = error as? CommandFailure {
            printError(failure.message)
            Glibc.exit(failure.exitCode)
        }
        let code = exitCode(for: error)
        guard code == .validationFailure || code == .success else {
            printError("leeway: \(error)")
            Glibc.exit(1)
        }
        if code == .success {
            print(fullMessage(for: error))
        } else {
            printError(fullMessage(for: error))
        }
        Glibc.exit(code == .success ? 0 : 2)
    }
}

/// An error whose message stands as it is.
struct CommandFailure: Error {
    static let configurationExitCode: Int32 = 78
    /// What was to be written could not be.
    static let outputExitCode: Int32 = 74

    var message: String
    var exitCode: Int32 = 1
}

/// Control characters, which may come from a file that was taken for another, do not reach the terminal.
func printError(_ message: String) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onOneLine }
    FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
}
