import ArgumentParser
import ConfigurationFile
import Control
import Foundation
import Logging

struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Keep the record of experiments, runs, models and who serves.",
        subcommands: [
            RegistryServeCommand.self, RegistryCollectCommand.self, RegistryVerifyCommand.self,
        ],
        defaultSubcommand: RegistryServeCommand.self)
}

/// What `leeway registry` does when it is told nothing else.
struct RegistryServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Keep the record of experiments, runs, models and who serves, until told to end.",
        discussion: """
            Answers MLflow's own clients: set MLFLOW_TRACKING_URI to its address. SIGHUP reads the tokens again;
            SIGTERM lets requests at hand finish and ends.
            """)

    @Option(help: "The configuration file; its section [registry] is read.")
    var config: String?

    @Option(help: "Where to listen. (default: 127.0.0.1:5050)")
    var http: NetworkAddress?

    @Option(help: "The folder of the database and the artifacts. (default: /var/lib/leeway-registry)")
    var state: String?

    @Option(help: "Who may ask: a file of lines NAME TOKEN. Needed anywhere but on loopback.")
    var tokenFile: String?

    func validate() throws {
        guard config == nil || (http == nil && state == nil && tokenFile == nil) else {
            throw ValidationError("give --config, or --http, --state and --token-file, not both")
        }
    }

    func run() async throws {
        do {
            let configuration = try loadConfiguration()
            startLogging(at: configuration.logLevel)
            try await RegistryProcess(
                configuration: configuration, version: Leeway.version, logger: Logger(label: "leeway")
            ).run()
        } catch let error as InvalidConfiguration {
            throw CommandFailure(
                message: "\(error)", exitCode: CommandFailure.configurationExitCode)
        } catch let error as MalformedText {
            throw CommandFailure(
                message: "leeway: \(error.reason)", exitCode: CommandFailure.configurationExitCode)
        }
    }

    private func loadConfiguration() throws -> RegistryConfiguration {
        if let config { return try RegistryConfiguration.load(config) }
        return try RegistryConfiguration(
            http: http ?? RegistryConfiguration.standardHTTP,
            state: state ?? RegistryConfiguration.standardState, tokenFile: tokenFile)
    }
}

extension NetworkAddress: ExpressibleByArgument {
    package init?(argument: String) { try? self.init(configuration: argument) }
}
