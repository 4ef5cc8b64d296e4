/// Places rows in panes by their event time and closes panes as the watermark passes them.
///
/// Owned by the thread that receives. Nothing in it knows the wall clock: arrival times are passed in.
package struct PaneAssembler: Sendable {
    package struct Counters: Equatable, Codable, Sendable {
        package var rows: UInt64 = 0
        package var predictions: UInt64 = 0
        package var labels: UInt64 = 0
        package var late: UInt64 = 0
        package var future: UInt64 = 0

        package init() {}
    }

    private let plan: WindowPlan
    /// By their first panes; more than one only until the panes that were open at a change have closed.
    private var eras: [Era]
    private var requestTimes = RequestTimes()
    private var open: [Int64: OpenPane] = [:]
    private var closed: [Pane] = []
    /// The first pane that has not been closed.
    private var nextPane = Int64.min
    /// How far event time has come.
    package private(set) var latestEvent: Timestamp?
    /// Some row had a time of its own: the stream has a clock.
    private var hasEventTimes = false
    private var latestArrival: Timestamp?
    /// Rows are lost before this moment of event time: the stream was joined, or taken up again, at it.
    private var isJoining = false
    /// Messages lost while no pane was open; the next one to open lacks their rows.
    private var missedBetween: UInt64 = 0
    package private(set) var counters = Counters()

    package init(reference: Reference, plan: WindowPlan) {
        self.plan = plan
        eras = [Era(reference, first: .min)]
    }

    /// Of the panes to come.
    package var reference: Reference { eras[eras.count - 1].reference }

    /// Names of features in the stream that the reference does not have.
    package var unknownFeatures: [String] {
        Set(eras[eras.count - 1].layouts.flatMap(\.unknown)).sorted()
    }

    // MARK: References

    /// Panes from one on are counted over a reference's cells.
    private struct Era {
        let reference: Reference
        var first: Int64
        /// One for each set of parts that a batch may have.
        var layouts: [ColumnLayout]

        init(_ reference: Reference, first: Int64) {
            (self.reference, self.first) = (reference, first)
            let layout = ColumnLayout(features: reference.features.map(\.feature))
            layouts = Array(repeating: layout, count: 8)
        }
    }

    /// Counts the panes to come over another reference's cells. Those that are open, and all before the last of them,
    /// stay with theirs.
    package mutating func adopt(_ reference: Reference) {
        let first = max(open.keys.max().map { $0 + 1 } ?? nextPane, nextPane)
        eras.removeAll { $0.first >= first }
        eras.append(Era(reference, first: first))
        eras[0].first = .min
    }

    private func era(of pane: Int64) -> Int { eras.lastIndex { $0.first <= pane } ?? 0 }

    /// Eras before that of a pane are over: their panes have closed.
    private mutating func endEras(before pane: Int64) {
        guard eras.count > 1 else { return }
        eras.removeFirst(era(of: pane))
        eras[0].first = .min
    }

    // MARK: Rows

    package mutating func add(_ batch: borrowing RowBatch, arrival: Timestamp) {
        latestArrival = arrival
        let layout = Int(batch.parts.rawValue)
        for era in eras.indices { eras[era].layouts[layout].fit(batch) }
        remember(batch)
        var start = 0
        while start < batch.count {
            let place = place(row: start, of: batch, arrival)
            let end = endOfRun(from: start, at: place, in: batch, arrival)
            count(batch, start..<end, place, arrival)
            closePassed()
            start = end
        }
    }

    private enum Place: Equatable {
        case pane(Int64, Timestamp)
        case late
        case future
    }

    /// The rows from `start` on that belong to the same pane.
    private func endOfRun(
        from start: Int, at place: Place, in batch: borrowing RowBatch, _ arrival: Timestamp
    ) -> Int {
        if case .rows(let step) = plan.step, case .pane(let index, _) = place {
            guard isDriven(by: batch.parts) else { return batch.count }
            return min(batch.count, start + step - Int(drivingRows(of: index)))
        }
        if batch.times.count == 1 || (batch.times.isEmpty && batch.ids.count < 2) { return batch.count }
        var end = start + 1
        while end < batch.count, isSamePlace(self.place(row: end, of: batch, arrival), place) { end += 1 }
        return end
    }

    private func isSamePlace(_ a: Place, _ b: Place) -> Bool {
        if case .pane(let first, _) = a, case .pane(let second, _) = b { return first == second }
        return a == b
    }

    private func place(row: Int, of batch: borrowing RowBatch, _ arrival: Timestamp) -> Place {
        let time = time(ofRow: row, of: batch, arrival)
        switch plan.step {
        case .rows: return .pane(max(nextPane, 0), time)
        case .nanoseconds(let step):
            if plan.clock == .arrival, time > arrival.advanced(by: plan.maximumFutureNanoseconds) {
                return .future
            }
            let index = plan.pane(of: time, step: step)
            return index < nextPane ? .late : .pane(index, time)
        }
    }

    /// A row without a time takes its request's, else the moment it arrived by the stream's clock.
    private func time(ofRow row: Int, of batch: borrowing RowBatch, _ arrival: Timestamp) -> Timestamp {
        batch.time(ofRow: row) ?? requestTime(row, batch)
            ?? (plan.clock == .event && hasEventTimes ? latestEvent ?? arrival : arrival)
    }

    private mutating func count(
        _ batch: borrowing RowBatch, _ rows: Range<Int>, _ place: Place, _ arrival: Timestamp
    ) {
        if batch.parts.contains(.features) { counters.rows += UInt64(rows.count) }
        if batch.parts.contains(.predictions) { counters.predictions += UInt64(rows.count) }
        if batch.parts.contains(.labels) { counters.labels += UInt64(rows.count) }
        switch place {
        // A label comes when the truth is known, and that its window has closed by then is no fault.
        case .late where batch.parts == .labels: break
        case .late: counters.late += UInt64(rows.count)
        case .future: counters.future += UInt64(rows.count)
        case .pane(let index, let first):
            let times = timeRange(of: rows, of: batch, first, arrival)
            openPane(index)
            let (era, layout) = (era(of: index), Int(batch.parts.rawValue))
            open[index]?.add(batch, rows, eras[era].layouts[layout], over: times)
            latestEvent = max(latestEvent ?? times.upperBound, times.upperBound)
            hasEventTimes = hasEventTimes || !batch.times.isEmpty
        }
    }

    private func timeRange(
        of rows: Range<Int>, of batch: borrowing RowBatch, _ first: Timestamp, _ arrival: Timestamp
    ) -> ClosedRange<Timestamp> {
        var (earliest, latest) = (first, first)
        if batch.times.count > 1 || (batch.times.isEmpty && batch.ids.count > 1) {
            for row in rows {
                let time = time(ofRow: row, of: batch, arrival)
                (earliest, latest) = (min(earliest, time), max(latest, time))
            }
        }
        return earliest...latest
    }

    private mutating func openPane(_ index: Int64) {
        defer { isJoining = false }
        guard open[index] == nil else { return }
        open[index] = OpenPane(
            reference: eras[era(of: index)].reference, partial: isJoining, missed: missedBetween)
        missedBetween = 0
    }

    // MARK: Windows of rows

    /// Panes of rows are filled by inputs; by answers only as long as the stream has shown no input.
    private func isDriven(by parts: RowBatch.Parts) -> Bool {
        parts.contains(.features) || (counters.rows == 0 && parts.contains(.predictions))
    }

    private func drivingRows(of index: Int64) -> UInt64 {
        guard let pane = open[index] else { return 0 }
        return counters.rows > 0 ? pane.rows : pane.predictions
    }

    // MARK: Requests

    private mutating func remember(_ batch: borrowing RowBatch) {
        guard batch.parts.contains(.features), !batch.times.isEmpty, !batch.ids.isEmpty,
            case .nanoseconds = plan.step
        else { return }
        for row in 0..<batch.ids.count {
            if let time = batch.time(ofRow: row) { requestTimes.remember(batch.ids.hash(row), time) }
        }
    }

    private func requestTime(_ row: Int, _ batch: borrowing RowBatch) -> Timestamp? {
        guard !batch.ids.isEmpty else { return nil }
        return requestTimes.time(of: batch.ids.hash(batch.ids.count == 1 ? 0 : row))
    }

    // MARK: Closing

    /// Closes what the watermark has passed, or what is full.
    private mutating func closePassed() {
        switch plan.step {
        case .rows(let step):
            while drivingRows(of: max(nextPane, 0)) >= UInt64(step) { close(through: max(nextPane, 0)) }
        case .nanoseconds(let step):
            guard let latestEvent else { return }
            let watermark = latestEvent.advanced(by: -plan.latenessNanoseconds)
            let firstOpen = plan.pane(of: watermark, step: step)
            if firstOpen > nextPane { close(through: firstOpen - 1) }
        }
    }

    private mutating func close(through last: Int64) {
        for index in open.keys.filter({ $0 <= last }).sorted() {
            guard let pane = open.removeValue(forKey: index) else { continue }
            closed.append(pane.close(index: index, bounds: bounds(index)))
        }
        nextPane = max(nextPane, last + 1)
        endEras(before: nextPane)
    }

    private func bounds(_ index: Int64) -> (Timestamp, Timestamp)? {
        guard case .nanoseconds(let step) = plan.step else { return nil }
        return (plan.start(ofPane: index, step: step), plan.start(ofPane: index + 1, step: step))
    }

    /// Closes all open panes of time once nothing has arrived for the idle time.
    package mutating func tick(now: Timestamp) {
        // After a restart the silence begins with the first tick.
        let latestArrival = latestArrival ?? now
        self.latestArrival = latestArrival
        guard let idle = plan.idleNanoseconds, !open.isEmpty, now >= latestArrival.advanced(by: idle),
            case .nanoseconds = plan.step
        else { return }
        closeAll()
    }

    /// Closes all open panes.
    package mutating func closeAll() {
        if let last = open.keys.max() { close(through: last) }
    }

    /// The stream ends here: what is open closes, and what comes next is another stream, of whatever time.
    package mutating func endStream() {
        closeAll()
        (latestEvent, hasEventTimes) = (nil, false)
        if case .nanoseconds = plan.step { nextPane = .min }
        endEras(before: .max)
    }

    // MARK: Losses

    /// Messages were lost: every pane that is open may lack their rows, or the next one where none is.
    package mutating func missed(messages: Int) {
        if open.isEmpty { missedBetween = missedBetween.addingSaturated(UInt64(messages)) }
        for index in open.keys { open[index]?.miss(messages: UInt64(messages)) }
    }

    /// Rows before this moment went by unseen: panes that are open are partial, and so is the one that the next
    /// row opens.
    package mutating func joined() {
        isJoining = true
        for index in open.keys { open[index]?.partial = true }
    }

    // MARK: Hand-over

    /// The panes closed since the last call, in order.
    package mutating func takeClosed() -> [Pane] {
        defer { closed.removeAll() }
        return closed
    }

    package var hasClosed: Bool { !closed.isEmpty }

    /// What is open, as it would be closed now.
    package func openPanes() -> [Pane] {
        open.sorted { $0.key < $1.key }.map { $0.value.close(index: $0.key, bounds: bounds($0.key)) }
    }
}

extension PaneAssembler {
    package func checkpoint() -> PaneCheckpoint {
        PaneCheckpoint(
            plan: plan.description, open: openPanes(), nextPane: nextPane, latestEvent: latestEvent,
            counters: counters)
    }

    /// Takes up the panes of a checkpoint; they lack what was sent in between. Of panes counted over several references'
    /// cells, those of this one are taken up.
    ///
    /// - Returns: `nil` when all were counted over another reference's cells, or cut otherwise.
    package init?(reference: Reference, plan: WindowPlan, resuming checkpoint: PaneCheckpoint) {
        self.init(reference: reference, plan: plan)
        let fitting = checkpoint.open.filter { $0.profile.fits(reference) }
        guard checkpoint.plan == plan.description, fitting.isEmpty == checkpoint.open.isEmpty else {
            return nil
        }
        for pane in fitting { open[pane.index] = OpenPane(reference: reference, resuming: pane) }
        (nextPane, latestEvent) = (checkpoint.nextPane, checkpoint.latestEvent)
        hasEventTimes = plan.clock == .event && latestEvent != nil
        counters = checkpoint.counters
        joined()
    }
}
