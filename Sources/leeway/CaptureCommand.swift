import ArgumentParser
import Capture

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

    @OptionGroup var rows: CaptureOptions

    @Option(help: "csv or sqlite.")
    var format = CaptureExport.Format.csv

    @Option(help: "The file to write; one that is there is replaced.")
    var output: String

    @Flag(help: "Leave out rows whose label has not come.")
    var labelled = false

    func validate() throws {
        guard !["", "-"].contains(output) else { throw ValidationError("--output is the name of a file") }
    }

    func run() async throws {
        let export = CaptureExport(model: rows.model, span: rows.span, labelledOnly: labelled)
        print(try await rows.reader().export(export, as: format, to: output).text(output))
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
