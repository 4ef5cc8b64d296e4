import ArgumentParser
import ConfigurationFile
import Control
import Foundation
import Registry

/// Removes what nothing names any more.
struct RegistryCollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc", abstract: "Remove contents of artifacts that nothing names any more.",
        discussion: """
            The registry may run beside it. What a version of a model pins stays, and what was uploaded lately: it
            may be about to be named.
            """)

    @OptionGroup var registry: RegistryFolder

    @Option(help: "Leave what was uploaded later than so long ago.")
    var olderThan = ConfiguredDuration(.seconds(3600))

    @Option(
        help: "First remove, for good, runs, logged models and experiments that were deleted so long ago.")
    var purgeDeleted: ConfiguredDuration?

    @Flag(help: "Say what would go, and remove nothing.")
    var dryRun = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let report = try await registry.open().collectGarbage(
            olderThan: olderThan.duration, purgingDeletedOlderThan: purgeDeleted?.duration, dryRun: dryRun,
            by: .operator("leeway registry gc"))
        if json { return try printJSON(report) }
        let verb = dryRun ? "would remove" : "removed"
        print(
            "\(verb) \(report.blobs) contents and \(report.abandonedUploads) abandoned uploads: \(report.bytes) bytes"
        )
        guard purgeDeleted != nil else { return }
        let purged = report.purged
        print(
            "\(verb) \(purged.runs) deleted runs, \(purged.loggedModels) logged models, \(purged.experiments) "
                + "experiments, with \(purged.artifacts) artifacts")
    }
}

/// Reads every content again.
struct RegistryVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read all artifacts again and compare them with their digests.",
        discussion: "Exits with 1 when one is missing or altered.")

    @OptionGroup var registry: RegistryFolder

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let problems = try await registry.open().verify()
        if json {
            try printJSON(["problems": problems])
        } else {
            for problem in problems { print(problem) }
            if problems.isEmpty { print("every artifact is what it was") }
        }
        if !problems.isEmpty { throw ExitCode(1) }
    }
}

/// Where a registry keeps its state.
struct RegistryFolder: ParsableArguments {
    @Option(
        help: "The registry's folder. (default: the one that --config names, else /var/lib/leeway-registry)")
    var state: String?

    @Option(help: "The configuration file; its section [registry] is read.")
    var config: String?

    /// - Throws: `CommandFailure` where there is no registry: none is made.
    func open() throws -> Registry {
        let folder = try state ?? config.map { try configured($0) } ?? RegistryConfiguration.standardState
        guard FileManager.default.fileExists(atPath: folder + "/registry.sqlite") else {
            throw CommandFailure(
                message: "leeway: there is no registry in \(folder); name its folder with --state")
        }
        return try Registry(folder: folder)
    }

    private func configured(_ path: String) throws -> String {
        do {
            return try RegistryConfiguration.load(path).state
        } catch {
            throw CommandFailure(message: "\(error)", exitCode: CommandFailure.configurationExitCode)
        }
    }
}

/// A duration as agent.conf writes it: `90s`, `1h`, `7d`.
struct ConfiguredDuration: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = try? Duration(configuration: argument) else { return nil }
        self.duration = duration
    }

    var description: String { duration.configurationText }
    var defaultValueDescription: String { description }
}

extension Actor {
    /// Whoever has a shell on the registry's machine.
    fileprivate static func `operator`(_ client: String) -> Actor {
        Actor(name: NSUserName() + "@localhost", client: client)
    }
}
