/// A pane that rows are still counted into.
struct OpenPane: Sendable {
    /// Versions named at most: a stream that draws a new one for every row must not fill the reports with them.
    private static let versionsKept = 32

    private var tally: ProfileTally
    private var first: Timestamp?
    private var last: Timestamp?
    private var versions: [String] = []
    private(set) var missed: UInt64
    var partial: Bool

    init(reference: Reference, partial: Bool, missed: UInt64) {
        tally = ProfileTally(reference: reference)
        (self.partial, self.missed) = (partial, missed)
    }

    init(reference: Reference, resuming pane: Pane) {
        tally = ProfileTally(reference: reference, resuming: pane.profile)
        (first, last, versions) = (pane.start, pane.end, pane.versions)
        (missed, partial) = (pane.missed, pane.partial)
    }

    mutating func miss(messages: UInt64) { missed = missed.addingSaturated(messages) }

    var rows: UInt64 { tally.rows }
    var predictions: UInt64 { tally.predictions }

    mutating func add(
        _ batch: borrowing RowBatch, _ rows: Range<Int>, _ layout: borrowing ColumnLayout,
        over times: ClosedRange<Timestamp>
    ) {
        tally.add(batch, rows: rows, layout: layout)
        first = min(first ?? times.lowerBound, times.lowerBound)
        last = max(last ?? times.upperBound, times.upperBound)
        let version = batch.modelVersion ?? "unknown"
        if versions.count < OpenPane.versionsKept, !versions.contains(version) { versions.append(version) }
    }

    func close(index: Int64, bounds: (Timestamp, Timestamp)?) -> Pane {
        let zero = Timestamp(nanoseconds: 0)
        return Pane(
            index: index, start: bounds?.0 ?? first ?? zero, end: bounds?.1 ?? last ?? zero,
            profile: tally.result, versions: versions.sorted(), missed: missed, partial: partial)
    }
}
