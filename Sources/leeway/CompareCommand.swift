import ArgumentParser
import Drift
import Foundation

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare two tables, feature by feature.",
        discussion: """
            Every measure with its p-value, q-value (Benjamini–Hochberg) and error bound. A feature has drifted
            when its primary measure (KS for numbers, χ² for categories) or a rate is significant at --level
            after Holm's correction, and large as well. Both files are read in full.
            """)

    @Option(
        help: """
            The reference: CSV (gzipped or not), an export in SQLite, or a reference file of 'reference build'.
            """)
    var reference: String

    @Option(help: "The rows to compare with it: a file likewise, or - for CSV from standard input.")
    var current: String

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Exit with 3 when any feature has drifted.")
    var failOnDrift = false

    @Option(help: "The chance of calling anything drifted when nothing is.")
    var level = 0.05

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard level > 0, level < 1 else {
            throw ValidationError("--level lies between 0 and 1, not \(level)")
        }
        guard reference != "-" || current != "-" else {
            throw ValidationError("only one of --reference and --current can be standard input")
        }
    }

    func run() throws {
        let comparison = try compare()
        print(json ? try comparison.json() : comparison.text)
        if failOnDrift, comparison.hasDrifted { throw ExitCode(3) }
    }

    private func compare() throws -> TableComparison {
        if reference.hasSuffix(".json") {
            let reference = try loadReference(reference)
            let rows = try table.readAll(current, schema: reference.schema)
            return TableComparison(reference: reference, current: [rows], level: level)
        }
        let schema = try table.loadSchema()
        let rows = try table.readAll(reference, schema: schema)
        do {
            return try TableComparison(
                reference: [rows], current: [try table.readAll(current, schema: schema)], schema: schema,
                level: level)
        } catch let error as ReferenceError {
            throw CommandFailure(message: "\(reference): \(error)")
        }
    }
}
