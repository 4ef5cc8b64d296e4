import ArgumentParser
import ConfigurationFile
import Datasets
import Drift
import Foundation
import Glibc
import Retraining
import Tables

/// What the registry runs on each dataset, in a process of its own; a person may run it before an upload.
struct DatasetInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Read a file as the registry will: what is in it, does it fit its schema?",
        discussion: "Exits with 1 when the file is unusable, and says why.")

    @Argument(help: "The file: CSV (gzipped or not), or SQLite as 'capture export' writes it.")
    var file: String

    @Option(help: "The schema file (JSON).")
    var schema: String

    @Option(help: "The column of event times. (default: time, where the file has it)")
    var timeColumn: String?

    @Option(help: "Where to write the reference that its features make.")
    var reference: String?

    @Option(help: "At most so much memory; with more it is killed.")
    var memory: ConfiguredSize?

    @Option(help: "At most so much time of the processor.")
    var time: ConfiguredDuration?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        limitResources()
        let (facts, made) = try inspect()
        if let reference { try write(made, to: reference) }
        if json {
            try printJSON(facts)
        } else {
            print(facts.text(file))
        }
    }

    private func inspect() throws -> (TrainingSetFacts, Reference) {
        let schema = try ModelSchema.load(schema)
        do {
            return try TrainingSetInspector(path: file, schema: schema, timeColumn: timeColumn).inspect()
        } catch {
            throw CommandFailure(message: "\(error)")
        }
    }

    private func limitResources() {
        if let memory { limit(RLIMIT_AS.rawValue, to: UInt(memory.bytes)) }
        if let time { limit(RLIMIT_CPU.rawValue, to: UInt(time.duration.components.seconds) + 1) }
    }

    private func limit(_ resource: UInt32, to amount: UInt) {
        var limit = rlimit(rlim_cur: amount, rlim_max: amount)
        _ = unsafe setrlimit(__rlimit_resource_t(resource), &limit)
    }

    /// That it cannot be written says nothing about the file.
    private func write(_ reference: Reference, to path: String) throws {
        do {
            try reference.encoded().write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw CommandFailure(
                message: "\(path): cannot be written: \(error)", exitCode: CommandFailure.outputExitCode)
        }
    }
}

/// An amount of memory as agent.conf writes it: `4GiB`.
struct ConfiguredSize: ExpressibleByArgument {
    let bytes: Int

    init?(argument: String) {
        guard let size = try? ByteSize(configuration: argument) else { return nil }
        bytes = size.bytes
    }
}

extension TrainingSetFacts {
    fileprivate func text(_ path: String) -> String {
        var fields = Fields(title: path)
        fields.add("rows", "\(rows), \(labelled) labelled")
        fields.add("label", labelColumn)
        fields.add("time", timeColumn ?? "")
        fields.add("from", first?.description ?? "")
        fields.add("to", last?.description ?? "")
        fields.add("label cut-off", labelCutoff?.description ?? "")
        fields.add("reference", reference)
        return fields.description
    }
}
