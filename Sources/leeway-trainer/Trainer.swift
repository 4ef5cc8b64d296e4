import ArgumentParser
import Foundation
import Glibc
import Tables
import Training

/// The one program that links XGBoost: trains a model from rows with labels, and scores rows with it.
@main
struct Trainer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leeway-trainer",
        abstract: "Trains XGBoost models from captured rows, and scores rows with them.",
        discussion: """
            Exit codes: 0; 1 for an error at run time; 2 for wrong usage; 65 for a dataset, schema, model or \
            parameters that cannot be used.
            """, version: version,
        subcommands: [SplitCommand.self, UniteCommand.self, TrainCommand.self, ScoreCommand.self])

    static let version = "0.1.0"

    static func main() {
        WaitPolicy.sleepRatherThanSpin()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(with: error)
        }
    }

    private static let dataExitCode: Int32 = 65

    private static func end(with error: any Error) -> Never {
        if error is DataProblem || error is TableError {
            printError("leeway-trainer: \(error)")
            Glibc.exit(dataExitCode)
        }
        let code = exitCode(for: error)
        guard code == .validationFailure || code == .success else {
            printError("leeway-trainer: \(error)")
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

func printError(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
}

/// A line of JSON, at once, for whoever follows.
func print(event: TrainingEvent) {
    FileHandle.standardOutput.write(Data((event.json + "\n").utf8))
}

/// How many processors this process may use.
let processors = ProcessInfo.processInfo.activeProcessorCount
