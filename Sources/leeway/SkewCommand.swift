import ArgumentParser
import Capture
import ConfigurationFile
import Drift
import Tables

struct SkewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skew", abstract: "Compare features as they were served with the same rows in training.",
        discussion: """
            Joins captured rows with the rows of a file, and says of each feature in how many rows the two \
            differ, by how much, and how far their distributions lie apart.

            A row's key is the id of its request; from the second row of a request on it is id:index, such as \
            req-7:1 (the first may be written either way). Of rows with one key the file's first counts.

            Numbers are equal within --tolerance, a share of the larger, and where the served one is all that \
            its datatype holds of the other. A file has no types: a text that was served is compared with what \
            is written, a number with what it reads as. Empty cells and NaN are no value; no value on one side \
            alone is a mismatch. The file is held in memory, captured rows are not.
            """)

    @OptionGroup var rows: CaptureOptions

    @Option(help: "The rows as training has them: a CSV file, gzipped or not.")
    var training: String

    @Option(help: "The column of the file that holds requests' ids.")
    var key = "id"

    @Option(help: "What numbers may differ by, a share of the larger magnitude.")
    var tolerance = SkewTolerance.standard.relative

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Exit with 3 when any feature differs in a hundredth of the rows or more.")
    var failOnSkew = false

    func validate() throws {
        guard tolerance >= 0, tolerance < 1 else {
            throw ValidationError("--tolerance is at least 0 and below 1, not \(tolerance)")
        }
    }

    func run() async throws {
        let report = try await report()
        if json { try printJSON(report) } else { print(report.text) }
        if failOnSkew, report.verdict == .skewed { throw ExitCode(3) }
    }

    private func report() async throws -> SkewReport {
        let reader = try rows.reader()
        let comparison = SkewComparison(
            with: try trainingRows(), tolerance: SkewTolerance(relative: tolerance))
        var report = try await reader.reduceRows(of: rows.span, into: comparison) { $0.add($1) }
            .report(of: rows.model)
        if let obstacle = report.obstacle {
            throw CommandFailure(message: "leeway: \(rows.model) and \(training): \(obstacle)")
        }
        // How many rows are enough is for those to say who chose them.
        report.mark(SkewPolicy(minimumRows: 1).judge(report))
        return report
    }

    private func trainingRows() throws -> KeyedTable {
        do {
            return try KeyedTable(path: training, key: key)
        } catch .missingColumn(let path, let name, let known) {
            guard let nearest = nearestName(to: name, among: known) else {
                throw TableError.missingColumn(path: path, name: name, known: known)
            }
            throw CommandFailure(
                message: "leeway: \(path):1: there is no column '\(name)'; did you mean '\(nearest)'?")
        }
    }
}

// MARK: - For people

extension SkewReport {
    fileprivate var text: String {
        [table, Terminal.fitted(examples), summary].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Within 80 columns, up to names of 24 characters.
    private var table: String {
        var table = TextTable([
            ("FEATURE", .left), ("DIFFER", .right), ("SHARE", .right), ("NULLS", .right),
            ("LARGEST", .right), ("DISTANCE", .right), ("VERDICT", .left),
        ])
        for feature in features {
            table.add([
                Terminal.fitted(feature.name, to: 24), "\(feature.mismatches)",
                percent(feature.mismatchShare), "\(feature.servedNulls + feature.trainingNulls)",
                feature.largestDifference.map(brief) ?? "",
                feature.distance.map { "\($0.measure) \(brief(($0.value * 1000).rounded() / 1000))" } ?? "",
                feature.severity?.rawValue ?? "ok",
            ])
        }
        return table.description
    }

    /// A row of each of the worst features.
    private var examples: String {
        features.prefix(10).compactMap { feature in
            feature.example.map { example in
                "\(feature.name): row \(example.key) was served \(example.served ?? "no value"), "
                    + "training has \(example.training ?? "no value")\(feature.kinds)"
            }
        }.map(\.onOneLine).joined(separator: "\n")
    }

    private var summary: String {
        let skewed = features.filter { $0.severity != nil }.map(\.name)
        let verdict =
            skewed.isEmpty
            ? "No feature is skewed."
            : "\(skewed.count) of \(features.count) features skewed: \(list(skewed)).".onOneLine.alarming
        let rows = "\(joinedRows) rows in both, of \(window.rows) served and \(trainingRows) in training."
        return ([verdict, rows] + remarks).joined(separator: "\n")
    }

    private var remarks: [String] {
        [
            remark("Keys that training has twice, whose first row counts", count: repeatedKeys),
            remark("Rows of training without a key", count: withoutKey),
            remark("Served, not in training", names: servedOnly.features),
            remark("In training, not served", names: trainingOnly.features),
        ].compactMap(\.self)
    }

    private func remark(_ what: String, count: UInt64) -> String? { count == 0 ? nil : "\(what): \(count)." }

    private func remark(_ what: String, names: [String]) -> String? {
        names.isEmpty ? nil : "\(what): \(list(names)).".onOneLine
    }
}

extension FeatureSkew {
    fileprivate var kinds: String {
        switch trainingKind {
        case nil: ""
        case .numeric: "; texts were served, training has numbers"
        default: "; numbers were served, training has texts"
        }
    }
}

/// The first of them, and how many more there are.
private func list(_ names: [String], shown: Int = 5) -> String {
    let rest = names.count > shown ? " and \(names.count - shown) more" : ""
    return names.prefix(shown).joined(separator: ", ") + rest
}

private func percent(_ share: Double) -> String { "\(brief(share * 100)) %" }
