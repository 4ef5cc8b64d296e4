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
        help: "The reference: a CSV file (gzipped or not), or a reference file made by 'reference build'.")
    var reference: String

    @Option(help: "The rows to compare with it: a CSV file, or - for standard input.")
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
        print(json ? try encoded(comparison) : describe(comparison))
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

    private func encoded(_ comparison: TableComparison) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return String(decoding: try encoder.encode(comparison), as: UTF8.self)
    }

    private func describe(_ comparison: TableComparison) -> String {
        var table = TextTable([
            ("FEATURE", .left), ("KIND", .left), ("MEASURE", .left), ("VALUE", .right), ("P", .right),
            ("Q", .right), ("ERROR", .right), ("VERDICT", .left),
        ])
        for feature in comparison.features {
            for (index, name) in feature.orderedMeasures.enumerated() {
                guard let measure = feature.measures[name] else { continue }
                let verdict = index > 0 ? "" : feature.drifted ? "drifted" : "ok"
                table.add([
                    index == 0 ? feature.name : "", index == 0 ? feature.kind.rawValue : "", name,
                    brief(measure.value), measure.pValue.map(brief) ?? "", measure.qValue.map(brief) ?? "",
                    measure.errorBound.map(brief) ?? "", verdict,
                ])
            }
        }
        let drifted = comparison.features.filter(\.drifted).map(\.name)
        let summary =
            drifted.isEmpty
            ? "No feature has drifted."
            : "\(drifted.count) of \(comparison.features.count) features drifted: \(drifted.joined(separator: ", "))"
                .alarming
        let unknown =
            comparison.unknownFeatures.isEmpty
            ? "" : " Not in the reference: \(comparison.unknownFeatures.joined(separator: ", "))."
        return "\(table.description)\n\n\(comparison.reference.rows) reference rows, "
            + "\(comparison.current.rows) current rows. \(summary)\(unknown)"
    }
}

extension FeatureReport {
    /// The primary measure first, then the others as they are usually read.
    var orderedMeasures: [String] {
        let order = [
            primary, "wasserstein", "psi", "js", "hellinger", "tv", "linf", "cramers_v", "missing_rate",
            "out_of_range_rate", "unseen_rate",
        ]
        return order.filter { measures[$0] != nil }
    }
}
