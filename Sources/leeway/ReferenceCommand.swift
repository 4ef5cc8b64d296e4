import ArgumentParser
import Drift
import Foundation

struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Make references, what windows are compared with.",
        subcommands: [ReferenceBuildCommand.self])
}

struct ReferenceBuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Build a reference from a table.",
        discussion: """
            With a time column the reference also keeps blocks as long as a window (--window), against which a
            calibrated threshold ranks windows.
            """)

    @Option(help: "The rows: CSV (gzipped or not), an export in SQLite, or - for CSV from standard input.")
    var input: String

    @Option(help: "The reference file to write.")
    var output: String

    @Option(help: "The length of the windows to be judged: 1d, 6h, 30m, or a number of rows.")
    var window: DurationOrRows?

    @Option(help: "Where windows of time begin, after midnight UTC: 5h makes days begin at 05:00 UTC.")
    var offset = DurationOrRows(length: .nanoseconds(0))

    @Option(help: "The model version whose answers these are.")
    var modelVersion: String?

    @Option(help: "Only rows from this time on (RFC 3339 or Unix).", transform: moment)
    var from: Timestamp?

    @Option(help: "Only rows before this time.", transform: moment)
    var to: Timestamp?

    @Option(
        help: """
            Measure how well the model does on the rows from this time on, and not on the reference's own, which it may
            have been trained on.
            """, transform: moment)
    var performanceFrom: Timestamp?

    @Option(help: "… and before this time.", transform: moment)
    var performanceTo: Timestamp?

    @Option(
        help: """
            Rows that the model was not trained on. Windows are compared with its answers to these, and how well it does is
            measured on them; their inputs count beside those of --input.
            """)
    var heldOut: String?

    @Option(help: "What the model says of them: id,score[,class], as 'leeway-trainer score' writes it.")
    var scores: String?

    @Option(help: "At most so many knots a number.")
    var knots = 4095

    @Option(help: "At most so many categories of a feature have a count of their own.")
    var maxCategories = 1000

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard knots >= 8 else { throw ValidationError("--knots is at least 8, not \(knots)") }
        guard maxCategories >= 1 else {
            throw ValidationError("--max-categories is at least 1, not \(maxCategories)")
        }
        let bounds = [from, to, performanceFrom, performanceTo].compactMap(\.self)
        guard bounds.isEmpty || table.timeColumn != nil else {
            throw ValidationError("--from, --to, --performance-from and --performance-to need --time-column")
        }
        guard (heldOut == nil) == (scores == nil), heldOut == nil || table.schema != nil else {
            throw ValidationError("--held-out needs --scores and --schema, and --scores --held-out")
        }
        try check(from, isBefore: to, "--from")
        try check(performanceFrom, isBefore: performanceTo, "--performance-from")
        if case .nanoseconds(let length) = window?.length, length <= 0 {
            throw ValidationError("--window is longer than nothing")
        }
        guard case .nanoseconds = offset.length else {
            throw ValidationError("--offset is a duration such as 5h")
        }
    }

    private func check(_ first: Timestamp?, isBefore end: Timestamp?, _ option: String) throws {
        if let first, let end, first >= end { throw ValidationError("\(option) is not before its end") }
    }

    func run() throws {
        var schema = try table.loadSchema()
        let rows = try table.readAll(input, schema: schema)
        let heldOut = try heldOutRows()
        if heldOut != nil { schema = try table.schema.map(ModelSchema.load) }
        var builder = ReferenceBuilder(schema: schema, options: options)
        builder.add(rows.within(from, to))
        if let heldOut { builder.add(heldOut) }
        if performanceFrom != nil || performanceTo != nil {
            let later = rows.within(performanceFrom, performanceTo)
            guard later.count > 0 else {
                throw CommandFailure(
                    message: "\(input): no row lies between --performance-from and --performance-to")
            }
            builder.measurePerformance(on: later)
        }
        do {
            let reference = try builder.build()
            try reference.encoded().write(to: URL(fileURLWithPath: output), options: .atomic)
            printError(describe(reference))
        } catch let error as ReferenceError {
            throw CommandFailure(message: "\(input): \(error)")
        }
    }

    private func heldOutRows() throws -> RowBatch? {
        guard let heldOut, let scores, let path = table.schema else { return nil }
        return try HeldOutRows.read(
            heldOut, scores: scores, schema: ModelSchema.load(path), timeColumn: table.timeColumn)
    }

    private var options: ReferenceBuilder.Options {
        var options = ReferenceBuilder.Options()
        (options.knotBudget, options.maximumCategories) = (knots, maxCategories)
        options.modelVersion = modelVersion
        options.blockLength =
            window?.length ?? (table.timeColumn == nil ? nil : .nanoseconds(86_400_000_000_000))
        if case .nanoseconds(let offset) = offset.length { options.blockOffsetNanoseconds = offset }
        return options
    }

    private func describe(_ reference: Reference) -> String {
        let blocks = reference.blocks.map { ", \($0.blocks.count) blocks of \($0.length)" } ?? ""
        let performance = reference.performance.map { ", performance over \($0.rows) labels" } ?? ""
        return "\(output): \(reference.profile.rows) rows, \(reference.features.count) features\(blocks)"
            + "\(performance), \(reference.id)"
    }
}

/// A length of time or of rows, as it is typed: `1d`, `90m`, `5000`.
struct DurationOrRows: ExpressibleByArgument {
    let length: WindowLength

    init(length: WindowLength) { self.length = length }

    init?(argument: String) {
        if let rows = Int(argument), rows > 0 {
            length = .rows(rows)
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let last = argument.last, let unit = units[last], let count = Int64(argument.dropLast()),
            abs(count) < 1_000_000_000
        else { return nil }
        length = .nanoseconds(count * unit * 1_000_000_000)
    }
}
