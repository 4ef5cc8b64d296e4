package import Drift
import GRDB

/// A transaction under way on a store.
struct CaptureWriter {
    let database: Database
    let limits: CaptureLimits
    let schema: ModelSchema?
    var state: CaptureState
    /// Whether there is something to save.
    var isChanged = true
}

// MARK: - Appending

extension CaptureWriter {
    /// - Returns: the rows whose label met them by this, in the order in which that happened.
    mutating func append(_ handOver: CaptureHandOver, now: Timestamp) throws -> [LabelledRow] {
        state.clock.advance(to: now)
        state.counters.add(.withoutID, handOver.withoutID)
        state.counters.add(.overrun, handOver.overrun)
        state.counters.add(.unstorable, handOver.unstorable)
        let (rows, newest) = try join(handOver.parts)
        // In the order of their keys, neighbours in the index share a page.
        let order = rows.indices.sorted { rows[$0].hash < rows[$1].hash }
        var labelled: [(newest: Int, row: LabelledRow)] = []
        for index in order {
            if let row = try store(rows[index]) { labelled.append((newest[index], row)) }
        }
        try noteSize()
        return labelled.sorted { $0.newest < $1.newest }.map(\.row)
    }

    /// The rows that the parts make up among themselves, and for each how many parts of rows had come with its newest.
    private mutating func join(_ parts: [CapturePart]) throws -> (rows: [JoinedRow], newest: [Int]) {
        var places: [UInt64: Int] = [:]
        var (rows, newest): ([JoinedRow], [Int]) = ([], [])
        var count = 0
        for part in parts {
            let reader = try PartReader(part, schema, clock: state.clock, &state.layouts, database)
            state.counters.add(.unnamedFeature, reader.unnamed * part.rows.count)
            for index in 0..<part.rows.count {
                guard let row = read(reader, index) else { continue }
                count += 1
                guard let place = places[row.hash] else {
                    places[row.hash] = rows.count
                    rows.append(row)
                    newest.append(count)
                    continue
                }
                merge(row, into: &rows[place])
                newest[place] = count
            }
        }
        return (rows, newest)
    }

    /// A row with what is sound of its parts; `nil` when it is not to be kept.
    private mutating func read(_ reader: PartReader, _ index: Int) -> JoinedRow? {
        // The sample may have become smaller on the way here.
        guard state.sample.contains(reader.part.hashes[index]) else { return nil }
        var row = reader.row(index)
        guard row.byteCount <= limits.maxBytes / 16 else {
            state.counters.add(.oversized)
            return nil
        }
        if row.parts.contains(.labels) { check(reader.label(index), of: &row) }
        return row.parts.isEmpty ? nil : row
    }

    private mutating func check(_ reading: PartReader.LabelReading, of row: inout JoinedRow) {
        row.parts.remove(.labels)
        switch reading {
        case .empty: state.counters.add(.emptyLabel)
        case .label(let label):
            row.label = label
            row.parts.insert(.labels)
        case .refused(let label):
            state.counters.add(.labelType)
            state.lastRefusedLabel = label
        }
        if row.label == nil { (row.labelTime, row.hasOwnLabelTime) = (nil, false) }
    }

    private mutating func merge(_ later: JoinedRow, into row: inout JoinedRow) {
        guard row.id == later.id, row.index == later.index else {
            state.counters.add(.collision)
            return
        }
        let tally = row.join(later)
        state.counters.add(.repeatedPart, tally.repeatedParts)
        state.counters.add(.conflictingPart, tally.conflictingParts)
        state.counters.add(.repeatedLabel, tally.repeatedLabels)
        state.counters.add(.replacedLabel, tally.replacedLabels)
    }

    /// Inserts a row, or joins it to what is there; returns it when that brought its label and it together.
    private mutating func store(_ row: JoinedRow) throws -> LabelledRow? {
        let place = Place.of(hash: row.hash, sequence: state.sequence)
        if try database.insert(row, at: place) {
            state.sequence += 1
            state.rows += 1
            state.counters.add(.stored)
            if !row.isServed { state.waiting += 1 }
            return row.isMatched ? note(match: row) : nil
        }
        guard let (place, before) = try database.row(withHash: row.hash) else { return nil }
        var after = before
        merge(row, into: &after)
        guard after != before else { return nil }
        if row.isServed {
            try database.update(after, at: place)
        } else {
            try database.update(labelOf: after, at: place)
        }
        if !before.isServed, after.isServed { state.waiting -= 1 }
        return after.isMatched && !before.isMatched ? note(match: after) : nil
    }

    private mutating func note(match row: JoinedRow) -> LabelledRow? {
        state.counters.add(.matched)
        let waited = state.clock.now - row.arrival
        if waited > limits.labelHorizon || row.isLate(horizon: limits.labelHorizon) {
            state.counters.add(.late)
        }
        return LabelledRow(row)
    }

    mutating func noteSize() throws { state.usedBytes = try database.usedBytes() }
}

/// A row whose label has just met it.
package struct LabelledRow: Sendable, Equatable {
    package var time: Timestamp
    /// `nil` is the version `unknown`.
    package var version: String?
    package var arm: String?
    package var segment: String?
    /// Whom the request was about: as it said, else the request itself.
    package var unit: String
    package var score: Double?
    package var `class`: String?
    package var label: Truth
    package var labelTime: Timestamp
    /// What the answer gave the true class, where it gave each of several one and that was read.
    package var probability: Double?

    init?(_ row: JoinedRow) {
        guard let label = row.label else { return nil }
        time = Timestamp(nanoseconds: row.time)
        (version, arm, segment) = (row.version, row.arm, row.segment)
        unit = row.unit ?? String(decoding: row.id.utf8, as: UTF8.self)
        (score, `class`, self.label) = (row.score, row.class, label)
        labelTime = Timestamp(nanoseconds: row.labelTime ?? row.time)
    }
}
