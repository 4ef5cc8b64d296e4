import ArgumentParser
import Drift
import Foundation
import Streams
import Tables

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Publish the rows of a table as a model's stream.",
        discussion: """
            As an inference service would: inputs, predictions and labels, numbered, with beacons, and a last
            one that says the stream has ended. The file is read in full first.
            """)

    @Argument(help: "The rows: CSV (gzipped or not), an export in SQLite, or - for CSV from standard input.")
    var input: String

    @Option(help: "The model whose stream it is.")
    var model: String

    @Option(help: "Where to publish: tcp://host:port or ipc://path.")
    var endpoint: String

    @Flag(help: "Whether to bind the endpoint (the default) or to connect to it.")
    var mode = Mode.bind

    enum Mode: String, EnumerableFlag { case bind, connect }

    @Option(help: "pub, or push for an agent that pulls.")
    var socket = StreamPublisher.SocketKind.pub

    @Option(help: "rows, oip-json or oip-binary.")
    var format = MessageEncoder.Format.rows

    @Option(help: "Rows in a message.")
    var batch = 100

    @Option(help: "Rows a second; as fast as they are taken by default.")
    var rate: Double?

    @Option(help: "Seconds of event time in a second: 86400 replays a day a second. Needs --time-column.")
    var speed: Double?

    @Option(
        help: """
            The column of the times at which labels become known: each label is then published at its time, and not with
            its row. Needs --time-column, --id-column and --label-column.
            """)
    var labelTimeColumn: String?

    @Option(help: "How long to wait for a first subscriber, in seconds.")
    var wait = 30.0

    @OptionGroup var table: TableOptions

    func validate() throws {
        guard !model.isEmpty else { throw ValidationError("--model must not be empty") }
        guard batch >= 1 else { throw ValidationError("--batch is at least 1, not \(batch)") }
        guard wait >= 0, wait <= 86_400 else {
            throw ValidationError("--wait is between 0 and 86400 seconds")
        }
        guard rate ?? 1 > 0, speed ?? 1 > 0 else { throw ValidationError("--rate and --speed are above 0") }
        guard rate == nil || speed == nil else { throw ValidationError("give --rate or --speed, not both") }
        guard speed == nil || table.timeColumn != nil else {
            throw ValidationError("--speed needs --time-column")
        }
        guard
            labelTimeColumn == nil
                || (table.timeColumn != nil && table.idColumn != nil && table.labelColumn != nil)
        else {
            throw ValidationError("--label-time-column needs --time-column, --id-column and --label-column")
        }
        guard labelTimeColumn == nil || input != "-" else {
            throw ValidationError("--label-time-column reads the rows twice, which standard input cannot be")
        }
    }

    func run() throws {
        let parts = try readParts()
        var publisher = try open()
        guard try publisher.waitForSubscriber(milliseconds: Int(wait * 1000)) else {
            throw CommandFailure(
                message: "\(endpoint): nobody takes the messages of \(model) within \(wait) s")
        }
        let encoder = MessageEncoder(format, model: model)
        var pacer = Pacer(rate: rate, speed: speed)
        var timeline = Timeline(parts)
        let progress = Progress(total: timeline.rows)
        var sent = 0
        while let (rows, range) = timeline.next(upTo: endOfMessage) {
            let part = rows.selecting(Array(range))
            while !pacer.isDue(row: sent, time: part.time(ofRow: 0)) { try publisher.beaconIfDue() }
            try publisher.publish(encoder.encode(part))
            sent += part.count
            progress.show(sent)
        }
        try publisher.end()
        progress.finish(sent)
    }

    /// The rows; and their labels apart, where those become known at times of their own.
    private func readParts() throws -> [RowBatch] {
        let schema = try table.loadSchema()
        guard let labelTimeColumn else { return [try table.readAll(input, schema: schema)] }
        var served = table.layout
        served.label = nil
        served.ignored.formUnion([labelTimeColumn, table.labelColumn].compactMap(\.self))
        var known = TableLayout(time: labelTimeColumn, id: table.idColumn, label: table.labelColumn)
        known.onlyNamed = true
        let labels = try table.readAll(input, known, schema: nil)
        return [try table.readAll(input, served, schema: schema), labels.inOrderOfTime]
    }

    /// Answers follow their inputs in a message of their own. So that they are not late when they come, a
    /// message of tensors spans five minutes of event time at most.
    private func endOfMessage(from start: Int, in rows: RowBatch, before limit: Timestamp?) -> Int {
        var end = min(start + batch, rows.count)
        if let limit {
            end = (start + 1..<end).first { rows.time(ofRow: $0).map { $0 > limit } ?? false } ?? end
        }
        guard format != .rows, let first = rows.time(ofRow: start) else { return end }
        let limit = first.advanced(by: 5 * 60 * 1_000_000_000)
        return (start + 1..<end).first { row in rows.time(ofRow: row).map { $0 > limit } ?? false } ?? end
    }

    private func open() throws -> StreamPublisher {
        do {
            return try StreamPublisher.open(
                socket, mode == .bind ? .bind : .connect, endpoint: endpoint, model: model)
        } catch {
            throw CommandFailure(message: "leeway: \(error)")
        }
    }
}

/// Parts of rows, in the order in which they are published: each has its own order, the earliest goes first.
private struct Timeline {
    private let parts: [RowBatch]
    private var positions: [Int]

    init(_ parts: [RowBatch]) { (self.parts, positions) = (parts, parts.map { _ in 0 }) }

    var rows: Int { parts.reduce(0) { $0 + $1.count } }

    /// The next rows of one part: as many as belong together and come before the next of another.
    mutating func next(
        upTo end: (_ start: Int, _ rows: RowBatch, _ limit: Timestamp?) -> Int
    ) -> (RowBatch, Range<Int>)? {
        let waiting = parts.indices.filter { positions[$0] < parts[$0].count }
        guard let first = waiting.min(by: { time($0) < time($1) }) else { return nil }
        let limit = waiting.filter { $0 != first }.map(time).min()
        let start = positions[first]
        positions[first] = end(start, parts[first], limit)
        return (parts[first], start..<positions[first])
    }

    private func time(_ part: Int) -> Timestamp {
        parts[part].time(ofRow: positions[part]) ?? Timestamp(nanoseconds: .min)
    }
}

extension RowBatch {
    /// The rows that have a time, by it.
    fileprivate var inOrderOfTime: RowBatch {
        let timed = (0..<count).compactMap { row in time(ofRow: row).map { (row, $0) } }
        return selecting(timed.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0))
    }
}

extension StreamPublisher.SocketKind: ExpressibleByArgument {}
extension MessageEncoder.Format: ExpressibleByArgument {}

/// When the next message is due: by a rate of rows, by event time run faster, or at once.
private struct Pacer {
    private let rate: Double?
    private let speed: Double?
    private let clock = ContinuousClock()
    private let start = ContinuousClock.now
    private var firstTime: Timestamp?

    init(rate: Double?, speed: Double?) { (self.rate, self.speed) = (rate, speed) }

    /// Sleeps for at most a tenth of a second, so that the caller can say that it is alive.
    mutating func isDue(row: Int, time: Timestamp?) -> Bool {
        guard let offset = offset(row, time) else { return true }
        let left = start.advanced(by: .seconds(offset)) - clock.now
        guard left > .zero else { return true }
        Thread.sleep(forTimeInterval: min(left / .seconds(1), 0.1))
        return left <= .seconds(0.1)
    }

    private mutating func offset(_ row: Int, _ time: Timestamp?) -> Double? {
        if let rate { return Double(row) / rate }
        guard let speed, let time else { return nil }
        let first = firstTime ?? time
        firstTime = first
        return Double(time.nanoseconds - first.nanoseconds) / 1e9 / speed
    }
}

/// Rows done of rows in all, on a terminal; nothing in a pipe.
private final class Progress {
    private let total: Int
    private let isShown = isatty(STDERR_FILENO) == 1
    private var lastShown = Date.distantPast
    private let started = Date()

    init(total: Int) { self.total = total }

    func show(_ done: Int) {
        guard isShown, Date().timeIntervalSince(lastShown) > 0.2 else { return }
        lastShown = Date()
        FileHandle.standardError.write(Data("\r\(done) of \(total) rows".utf8))
    }

    func finish(_ rows: Int) {
        let seconds = Date().timeIntervalSince(started)
        let rate = Int(Double(rows) / max(seconds, 0.001))
        FileHandle.standardError.write(
            Data("\(isShown ? "\r" : "")\(rows) rows published, \(rate) a second\n".utf8))
    }
}
