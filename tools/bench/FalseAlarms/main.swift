import Drift
import Foundation
import Statistics
import Tables

// Prints how often daily windows of the 2013 flights alarm at a budget of one false alarm a week: the i.i.d.
// tests beside the calibrated one, on days that have not drifted and on days that have.
//
// Arguments: the flights as a CSV file, and its schema.

let day: Int64 = 86_400_000_000_000
/// Days of New York's standard time.
let plan = WindowPlan(length: .nanoseconds(day), offsetNanoseconds: 5 * 3_600_000_000_000, clock: .event)
let referenceDays = 21
let randomSplits = 300

struct Flights {
    let schema: ModelSchema
    let rows: RowBatch

    init(csv: String, schema path: String) throws {
        var schema = try JSONDecoder().decode(ModelSchema.self, from: Data(contentsOf: URL(filePath: path)))
        schema.prediction = nil
        var reader = try TableReader(path: csv, layout: TableLayout(time: "time"), schema: schema)
        self.schema = schema
        rows = try reader.next() ?? RowBatch()
    }

    func month(_ month: Int) -> RowBatch {
        func start(_ month: Int) -> Timestamp? {
            let (year, month) = month == 13 ? (2014, 1) : (2013, month)
            return Timestamp(rfc3339: "\(year)-\(month < 10 ? "0" : "")\(month)-01T05:00:00Z")
        }
        return rows.within(start(month), start(month + 1))
    }

    /// A month as a reference with its days as blocks.
    func reference(_ month: Int) throws -> Reference {
        var options = ReferenceBuilder.Options()
        (options.blockLength, options.blockOffsetNanoseconds) = (plan.length, plan.offsetNanoseconds)
        var builder = ReferenceBuilder(schema: schema, options: options)
        builder.add(self.month(month))
        return try builder.build()
    }

    /// The days of a month counted over a reference's cells.
    func days(_ month: Int, over reference: Reference) -> [ReferenceBlocks.Block] {
        var assembler = PaneAssembler(reference: reference, plan: plan)
        assembler.add(self.month(month), arrival: Timestamp(nanoseconds: 0))
        assembler.closeAll()
        return assembler.takeClosed().map { .init(start: $0.start, end: $0.end, profile: $0.profile) }
    }
}

func trial(_ reference: Reference, _ threshold: WindowTest.Threshold) -> BlockTrial {
    var settings = DriftSettings()
    settings.threshold = threshold
    return BlockTrial(reference: reference, plan: plan, settings: settings)
}

/// One line of the table: windows judged and alarms, for each kind of threshold.
struct Line {
    var title: String
    var rates: [WindowTest.Threshold: SelfTest.Rate] = [:]

    mutating func add(
        _ reference: Reference, _ windows: [ReferenceBlocks.Block], by blocks: [ReferenceBlocks.Block]
    ) {
        for threshold in [WindowTest.Threshold.iid, .calibrated] {
            let rate = trial(reference, threshold).judge(windows, by: blocks)
            rates[threshold, default: .init()].alarms += rate.alarms
            rates[threshold, default: .init()].windows += rate.windows
        }
    }

    var description: String {
        func cell(_ threshold: WindowTest.Threshold) -> String {
            let rate = rates[threshold] ?? .init()
            let interval = rate.interval
            return String(
                format: "%5.2f  %5d of %5d  %3.0f–%3.0f %%", rate.share * 7, rate.alarms, rate.windows,
                interval.low * 100, interval.high * 100)
        }
        return title.padding(toLength: 42, withPad: " ", startingAt: 0) + cell(.iid) + "   "
            + cell(.calibrated)
    }
}

guard CommandLine.arguments.count == 3 else {
    print("usage: bench-false-alarms FLIGHTS.csv.gz SCHEMA.json")
    exit(2)
}
let flights = try Flights(csv: CommandLine.arguments[1], schema: CommandLine.arguments[2])
let january = try flights.reference(1)
let januaryDays = january.blocks?.blocks ?? []
let firstDays = Array(januaryDays.prefix(referenceDays))

print(
    "Daily windows of \(flights.rows.count) flights, \(flights.schema.features.count) features, "
        + "\(referenceDays) reference days, budget 1 a week.")
print("Alarms a week, alarms of windows, 95 % interval (Clopper–Pearson):\n")
print(String(repeating: " ", count: 42) + "i.i.d.                          calibrated")

var random = SplitMix64(state: 1)
var heldOut = Line(title: "January, days held out at random")
for _ in 0..<randomSplits {
    let order = januaryDays.shuffled(using: &random)
    heldOut.add(january, Array(order[referenceDays...]), by: Array(order[..<referenceDays]))
}
print(heldOut.description)

var forward = Line(title: "January, first 21 days, then the rest")
forward.add(january, Array(januaryDays[referenceDays...]), by: firstDays)
print(forward.description)

var months = Line(title: "every month, first 21 days, then the rest")
for month in 1...12 {
    let reference = try flights.reference(month)
    let days = reference.blocks?.blocks ?? []
    months.add(reference, Array(days[referenceDays...]), by: Array(days[..<referenceDays]))
}
print(months.description)

print("\nDrift to find (January's first 21 days are the reference):\n")
for (month, name) in zip(
    2...12,
    [
        "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ])
{
    var line = Line(title: name)
    line.add(january, flights.days(month, over: january), by: firstDays)
    print(line.description)
}
