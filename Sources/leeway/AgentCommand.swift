import Agent
import ArgumentParser
import ConfigurationFile
import Control
import Logging

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent", abstract: "Watch the models that a configuration names, until told to end.",
        discussion: "SIGHUP reads the configuration again; SIGTERM saves what is open and ends.")

    @Option(help: "The configuration file.")
    var config = "agent.conf"

    func run() async throws {
        let configuration = try loadConfiguration(config)
        startLogging(at: configuration.logLevel)
        let process = AgentProcess(
            path: config, configuration: configuration, logger: Logger(label: "leeway"))
        do {
            try await process.run()
        } catch let error as AgentError {
            throw CommandFailure(
                message: "leeway: \(error)", exitCode: CommandFailure.configurationExitCode)
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check a configuration without starting anything.",
        discussion: """
            Finds every mistake of the file, reads the references, and tells whether they support the budget of
            false alarms. Exits with 78 when something is wrong.
            """)

    @Option(help: "The configuration file.")
    var config = "agent.conf"

    func run() async throws {
        try checkRegistry()
        if try isOfRegistryAlone { return print("\(config): ok") }
        let configuration = try loadConfiguration(config)
        let findings = configuration.streams.map { ($0.model, StreamCheck($0)) }
        for (model, check) in findings { print("\(model): \(check.summary)") }
        guard findings.allSatisfy({ $0.1.isUsable }) else {
            throw CommandFailure(
                message: "\(config): not every stream can be watched",
                exitCode: CommandFailure.configurationExitCode)
        }
        print("\(config): ok")
    }

    private var isOfRegistryAlone: Bool {
        get throws {
            do { return try RegistryConfiguration.isAll(of: config) } catch {
                throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
            }
        }
    }

    /// `[registry]` and its tokens, where there is one.
    private func checkRegistry() throws {
        do {
            guard let registry = try RegistryConfiguration.loadIfPresent(config) else { return }
            _ = try registry.access()
            print("registry: \(registry.http), state in \(registry.state)")
        } catch {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
        }
    }
}

private func loadConfiguration(_ path: String) throws -> AgentConfiguration {
    do {
        return try AgentConfiguration.load(path)
    } catch {
        throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
    }
}
