import Drift
import Foundation
import Statistics

// Times Leeway's part of docs/benchmarks.md on data that the caller wrote, so that its peers get the same:
// counting a window into cells, and everything that is computed of a window. One JSON object a line.
//
// Arguments: a folder with FEATURE.reference.f64 and FEATURE.current.f64, raw little-endian doubles; the
// number of knots; how often to repeat. Or `detectors` and how often to repeat: nanoseconds a loss of the detectors
// of concept drift. Or `alarms`: the table of their false alarms and delays.

struct Sample {
    let name: String
    let reference: [Double]
    let current: [Double]
}

func doubles(_ url: URL) throws -> [Double] {
    let data = try Data(contentsOf: url)
    return (0..<data.count / 8).map { index in
        let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(data[index * 8 + $1]) << ($1 * 8) }
        return Double(bitPattern: bits)
    }
}

func samples(in folder: URL) throws -> [Sample] {
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    let names = files.map(\.lastPathComponent).filter { $0.hasSuffix(".reference.f64") }.map {
        String($0.dropLast(".reference.f64".count))
    }
    return try names.sorted().map { name in
        Sample(
            name: name, reference: try doubles(folder.appending(path: "\(name).reference.f64")),
            current: try doubles(folder.appending(path: "\(name).current.f64")))
    }
}

/// The median of the seconds that `body` takes.
func seconds(repeats: Int, _ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    body()
    let times = (0..<repeats).map { _ in clock.measure(body) / .seconds(1) }.sorted()
    return times[times.count / 2]
}

func report(_ figures: [String: Any]) throws {
    let line = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    print(String(decoding: line, as: UTF8.self))
}

/// Keeps the optimiser from dropping a computation.
nonisolated(unsafe) var sink = 0.0

func timeCounting(_ sample: Sample, knots: Int, repeats: Int) throws {
    let cells = NumericCells(of: sample.reference, budget: knots)
    var counts = [UInt32](repeating: 0, count: cells.knots.cellCount)
    let rounds = max(1, 1_000_000 / sample.current.count)
    let time = seconds(repeats: repeats) {
        for _ in 0..<rounds { cells.knots.count(sample.current.span, into: &counts) }
    }
    unsafe sink += Double(counts[1])
    let nanoseconds = time * 1e9 / Double(rounds * sample.current.count)
    try report([
        "what": "count", "name": sample.name, "knots": cells.knots.count,
        "nanoseconds_per_value": nanoseconds,
    ])
}

/// A window counted and every measure computed, feature by feature.
func timeWindows(_ samples: [Sample], knots: Int, repeats: Int) throws {
    let rows = samples.map(\.current.count).min() ?? 0
    let reference = try makeReference(samples, knots: knots)
    let comparisons = reference.comparisons
    let batch = makeBatch(samples.map { ($0.name, Array($0.current.prefix(rows))) })
    var layout = ColumnLayout(features: reference.features.map(\.feature))
    layout.fit(batch)
    let time = seconds(repeats: repeats) {
        var tally = ProfileTally(reference: reference)
        tally.add(batch, rows: 0..<rows, layout: layout)
        for (comparison, profile) in zip(comparisons, tally.result.features) {
            let report = comparison.report(FeatureSample(profile, cells: comparison.feature.cells))
            unsafe sink += report.measures["ks"]?.value ?? 0
        }
    }
    try report([
        "what": "window", "features": samples.count, "rows": rows, "knots": knots,
        "rows_per_second": Double(rows) / time,
    ])
}

func makeBatch(_ columns: [(name: String, values: [Double])]) -> RowBatch {
    var batch = RowBatch()
    batch.parts = .features
    batch.count = columns.map(\.values.count).min() ?? 0
    batch.columns = columns.map {
        Column(name: $0.name, part: .features, datatype: .fp64, values: .real($0.values))
    }
    return batch
}

func makeReference(_ samples: [Sample], knots: Int) throws -> Reference {
    var options = ReferenceBuilder.Options()
    options.knotBudget = knots
    var builder = ReferenceBuilder(schema: nil, options: options)
    builder.add(makeBatch(samples.map { ($0.name, $0.reference) }))
    return try builder.build()
}

switch CommandLine.arguments.dropFirst().first {
case "detectors":
    try timeDetectors(repeats: CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 5)
    exit(0)
case "alarms":
    printDetectorTable()
    exit(0)
default: break
}
guard CommandLine.arguments.count == 4, let knots = Int(CommandLine.arguments[2]),
    let repeats = Int(CommandLine.arguments[3])
else {
    print("usage: bench-drift FOLDER KNOTS REPEATS | detectors REPEATS | alarms")
    exit(2)
}
let all = try samples(in: URL(filePath: CommandLine.arguments[1]))
for sample in all { try timeCounting(sample, knots: knots, repeats: repeats) }
try timeWindows(all, knots: knots, repeats: repeats)
