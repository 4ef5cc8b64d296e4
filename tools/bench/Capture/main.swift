import Capture
import Drift
import Foundation
import Glibc
import Statistics

// Times what docs/benchmarks.md says of captured rows. One JSON object a line.
//
// Arguments: a folder to write to, rows in all, rows in a message, how parts come: whole, or apart.

/// Requests of one id a message, with 30 FP32 features, answered with one score.
struct Traffic {
    let rows: Int
    let answersApart: Bool
    private var generator = SplitMix64(state: 0)

    init(rows: Int, answersApart: Bool) { (self.rows, self.answersApart) = (rows, answersApart) }

    mutating func message(_ number: Int) -> [RowBatch] {
        var inputs = RowBatch()
        inputs.count = rows
        inputs.parts = .features
        inputs.modelVersion = "7"
        for row in 0..<rows { inputs.ids.append("request-\(number)-\(row)-6f9619ff") }
        inputs.times = [Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(number) * 1_000_000)]
        inputs.columns = (0..<30).map { feature in
            let values = (0..<rows).map { _ in Double(Float.random(in: 0..<1, using: &generator)) }
            return Column(name: "feature_\(feature)", part: .features, datatype: .fp32, values: .real(values))
        }
        let scores = Column(
            name: "score", part: .predictions, datatype: .fp64,
            values: .real((0..<rows).map { _ in Double.random(in: 0..<1, using: &generator) }))
        if answersApart {
            var answers = inputs
            (answers.parts, answers.columns) = (.predictions, [scores])
            return [inputs, answers]
        }
        inputs.parts = [.features, .predictions]
        inputs.columns.append(scores)
        return [inputs]
    }
}

func labels(for batch: RowBatch) -> RowBatch {
    var labels = batch
    labels.parts = .labels
    labels.columns = [
        Column(
            name: "label", part: .labels, datatype: .int64,
            values: .integer((0..<batch.count).map { Int64($0 & 1) }))
    ]
    return labels
}

func report(_ figures: [String: Any]) throws {
    let line = try JSONSerialization.data(withJSONObject: figures, options: [.sortedKeys])
    print(String(decoding: line, as: UTF8.self))
}

/// Sends messages through the intake's selection into the store, as the agent does, and times all but their making.
func time(
    _ what: String, _ messages: [[RowBatch]], rows: Int, perMessage: Int, _ store: CaptureStore
) async throws {
    let outlet = CaptureOutlet(capacity: 1 << 40)
    var intake = CaptureIntake(outlet: outlet)
    let clock = ContinuousClock()
    let (start, startOfWork) = (clock.now, Glibc.clock())
    var (storing, slowest) = (Duration.zero, Duration.zero)
    func drain() async throws {
        while let handOver = outlet.take() {
            let begin = clock.now
            _ = try await store.append(handOver, now: now())
            storing += clock.now - begin
            for _ in 0..<2 {
                let begin = clock.now
                _ = try await store.maintain(now: now())
                slowest = max(slowest, clock.now - begin)
            }
        }
    }
    for message in messages {
        for batch in message { intake.consume(batch, arrival: now()) }
        try await drain()
    }
    intake.flush()
    try await drain()
    let seconds = (clock.now - start) / .seconds(1)
    let work = Double(Glibc.clock() - startOfWork) / Double(CLOCKS_PER_SEC)
    try report([
        "what": what, "rows": rows, "rows_per_message": perMessage,
        "rows_per_second": Int(Double(rows) / seconds),
        "rows_per_cpu_second": Int(Double(rows) / work), "storing_share": storing / .seconds(1) / seconds,
        "slowest_upkeep_ms": slowest / .milliseconds(1),
    ])
}

func now() -> Timestamp { Timestamp(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) }

guard CommandLine.arguments.count == 5, let rows = Int(CommandLine.arguments[2]),
    let perMessage = Int(CommandLine.arguments[3]), perMessage > 0,
    ["whole", "apart"].contains(CommandLine.arguments[4])
else {
    print("usage: bench-capture FOLDER ROWS ROWS-A-MESSAGE whole|apart")
    exit(2)
}
var limits = CaptureLimits()
limits.maxBytes = 8 << 30
let store = try CaptureStore(
    state: CommandLine.arguments[1], model: "bench-\(UUID().uuidString)", limits: limits, now: now())
var traffic = Traffic(rows: perMessage, answersApart: CommandLine.arguments[4] == "apart")
let messages = (0..<rows / perMessage).map { traffic.message($0) }
let count = messages.count * perMessage
try await time("store", messages, rows: count, perMessage: perMessage, store)
try await time(
    "label", messages.map { [labels(for: $0[0])] }, rows: count, perMessage: perMessage, store)
try report(["what": "size", "bytes_per_row": Double(store.figures.usedBytes) / Double(count)])
