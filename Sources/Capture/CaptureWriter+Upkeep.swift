import Drift
import GRDB

/// Upkeep, in steps so short that rows can wait for one.
extension CaptureWriter {
    /// Rows that one step removes, or looks at.
    static let rowsAtOnce = 500

    /// - Returns: whether there was something to do, so that there may be more.
    mutating func maintain(now: Timestamp) throws -> Bool {
        state.clock.advance(to: now)
        let didSomething =
            try passHorizon() || thin() || dropAged() || dropExcess() || widenSample() || giveBack()
        // Time alone is saved once a minute: an idle stream does not keep a disk busy.
        isChanged = didSomething || state.clock.now - state.savedAt > 60_000_000_000
        if didSomething { try noteSize() }
        return didSomething
    }

    // MARK: The horizon

    /// Counts rows that are still without their other parts at the horizon; labels without a row go.
    ///
    /// The store's clock decides, not the rows' times: a row of a wrong time would expire what others wait for.
    private mutating func passHorizon() throws -> Bool {
        let limit = Timestamp(nanoseconds: state.clock.now).advanced(by: -limits.labelHorizon).nanoseconds
        let end = min(state.horizonCursor + Int64(CaptureWriter.rowsAtOnce), state.sequence)
        guard state.horizonCursor < end else { return false }
        var cursor = end
        var due: [Row] = []
        for level in try database.levels() {
            let start = Place.start(ofLevel: level)
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT place, parts, arrival FROM captured WHERE place >= ? AND place < ? ORDER BY place
                        """), arguments: [start + state.horizonCursor, start + end])
            while let row = try rows.next() {
                guard (row["arrival"] as Int64) <= limit else {
                    cursor = min(cursor, Place.sequence(row["place"]))
                    break
                }
                due.append(row.copy())
            }
        }
        guard cursor > state.horizonCursor else { return false }
        for row in due where Place.sequence(row["place"]) < cursor { try judge(row) }
        state.horizonCursor = cursor
        return true
    }

    private mutating func judge(_ row: Row) throws {
        let parts = RowBatch.Parts(rawValue: UInt8(truncatingIfNeeded: row["parts"] as Int64))
        if parts == .labels {
            try remove(where: "place = ?", [row["place"]], countedAs: .foreign)
        } else if !parts.contains(.predictions) {
            state.counters.add(.unanswered)
        } else if !parts.contains(.labels) {
            state.counters.add(.unlabelled)
        }
    }

    // MARK: The sample

    /// Removes rows that the sample, having become smaller, leaves out.
    private mutating func thin() throws -> Bool {
        try remove(
            where: "place IN (SELECT place FROM captured WHERE key > ? ORDER BY key DESC LIMIT ?)",
            [state.sample.bound.key, CaptureWriter.rowsAtOnce], countedAs: .thinned) > 0
    }

    /// A sample that a burst made small grows again when it takes up little of the room for the whole age.
    private mutating func widenSample() throws -> Bool {
        guard limits.sample == .automatic, state.sample != .everything,
            state.usedBytes < limits.maxBytes / 4, state.rows < (limits.maxRows ?? .max) / 4,
            let oldest = try database.oldest(), state.clock.now - oldest.arrival > limits.maxAge / 10 * 9
        else { return false }
        // Rows from before are fewer by half. Twice in a row would be before they are gone.
        if let widened = state.widened, state.clock.now - widened < limits.maxAge { return false }
        state.sample = state.sample.doubled
        state.widened = state.clock.now
        return true
    }

    // MARK: Bounds

    private mutating func dropAged() throws -> Bool {
        let limit = Timestamp(nanoseconds: state.clock.now).advanced(by: -limits.maxAge).nanoseconds
        var removed = 0
        for level in try database.levels() {
            removed += try remove(
                where: """
                    place IN (SELECT place FROM captured WHERE place >= ? AND place < ? ORDER BY place LIMIT ?)
                    AND arrival < ?
                    """,
                [
                    Place.start(ofLevel: level), Place.start(ofLevel: level + 1), CaptureWriter.rowsAtOnce,
                    limit,
                ], countedAs: .droppedByAge)
            if removed >= CaptureWriter.rowsAtOnce { break }
        }
        return removed > 0
    }

    private mutating func dropExcess() throws -> Bool {
        let excess = state.rows - Int(clamping: limits.maxRows ?? .max)
        let isTooLarge = try database.usedBytes() > limits.maxBytes
        guard excess > 0 || isTooLarge, state.rows > 0 else { return false }
        if limits.sample == .automatic, state.sample.bound > .max >> 32 {
            state.sample = state.sample.halved
            return true
        }
        let count = isTooLarge ? CaptureWriter.rowsAtOnce : min(excess, CaptureWriter.rowsAtOnce)
        try dropOldest(count, countedAs: isTooLarge ? .droppedByBytes : .droppedByRows)
        return true
    }

    /// Removes about so many of the rows that came first, at least one and no more.
    private mutating func dropOldest(_ count: Int, countedAs reason: CaptureCounters.Reason) throws {
        guard let oldest = try database.oldest() else { return }
        let span = Double(state.sequence - oldest.sequence)
        let end = oldest.sequence + max(1, Int64(span * Double(count) / Double(max(state.rows, 1))))
        var left = count
        for level in try database.levels() where left > 0 {
            let start = Place.start(ofLevel: level)
            left -= try remove(
                where: """
                    place IN (SELECT place FROM captured WHERE place >= ? AND place < ? ORDER BY place LIMIT ?)
                    """, [start, start + end, left], countedAs: reason)
        }
    }

    /// Returns pages to the file system that a larger bound, or a burst, left behind.
    private mutating func giveBack() throws -> Bool {
        let free = try Int64.fetchOne(database, sql: "PRAGMA freelist_count") ?? 0
        let pages = try Int64.fetchOne(database, sql: "PRAGMA page_count") ?? 0
        let size = try Int64.fetchOne(database, sql: "PRAGMA page_size") ?? 0
        guard free > 256, pages * size > limits.maxBytes else { return false }
        // The pragma frees a page a step.
        _ = try Row.fetchAll(database, sql: "PRAGMA incremental_vacuum(256)")
        return true
    }

    @discardableResult private mutating func remove(
        where condition: String, _ arguments: StatementArguments, countedAs reason: CaptureCounters.Reason
    ) throws -> Int {
        let removed = try Int.fetchAll(
            database.cachedStatement(sql: "DELETE FROM captured WHERE \(condition) RETURNING parts"),
            arguments: arguments)
        state.counters.add(reason, removed.count)
        state.rows -= removed.count
        state.waiting -= removed.count { $0 == Int(RowBatch.Parts.labels.rawValue) }
        return removed.count
    }
}

extension Database {
    /// The levels that have rows.
    fileprivate func levels() throws -> [Int64] {
        var levels: [Int64] = []
        let statement = try cachedStatement(sql: "SELECT min(place) FROM captured WHERE place >= ?")
        var start: Int64 = 0
        while let place = try Int64.fetchOne(statement, arguments: [start]) {
            levels.append(Place.level(place))
            start = Place.start(ofLevel: Place.level(place) + 1)
        }
        return levels
    }

    /// The row that came first of those here.
    fileprivate func oldest() throws -> (sequence: Int64, arrival: Int64)? {
        let statement = try cachedStatement(
            sql: "SELECT place, arrival FROM captured WHERE place >= ? ORDER BY place LIMIT 1")
        return try levels().compactMap { level in
            try Row.fetchOne(statement, arguments: [Place.start(ofLevel: level)]).map {
                (sequence: Place.sequence($0["place"]), arrival: $0["arrival"] as Int64)
            }
        }.min { $0.sequence < $1.sequence }
    }
}
