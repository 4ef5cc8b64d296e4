/// Cuts a reference's rows into the blocks that windows will be ranked among.
struct BlockCutter {
    private let reference: Reference
    private let length: WindowLength
    private let offset: Int64
    private var layout: ColumnLayout
    private var open: [Int64: OpenBlock] = [:]
    /// Inputs, answers and labels so far: each is cut by its own count, so that parts of rows that came in
    /// separate batches fall into the same block.
    private var rowsSeen: [Int64] = [0, 0, 0]

    private static let parts: [RowBatch.Parts] = [.features, .predictions, .labels]

    init(reference: Reference, length: WindowLength, offsetNanoseconds: Int64) {
        (self.reference, self.length, offset) = (reference, length, offsetNanoseconds)
        layout = ColumnLayout(features: reference.features.map(\.feature))
    }

    mutating func add(_ batch: RowBatch) {
        layout.fit(batch)
        var start = 0
        while start < batch.count {
            guard let block = block(ofRow: start, in: batch) else {
                start += 1
                continue
            }
            var end = start + 1
            while end < batch.count, self.block(ofRow: end, in: batch) == block { end += 1 }
            count(batch, start..<end, into: block)
            start = end
        }
        for (index, part) in BlockCutter.parts.enumerated() where batch.parts.contains(part) {
            rowsSeen[index] += Int64(batch.count)
        }
    }

    /// Rows without a time belong to no block of time.
    private func block(ofRow row: Int, in batch: RowBatch) -> Int64? {
        switch length {
        case .rows(let rows):
            BlockCutter.parts.firstIndex(where: batch.parts.contains).map {
                (rowsSeen[$0] + Int64(row)) / Int64(rows)
            }
        case .nanoseconds(let length):
            batch.time(ofRow: row).map {
                $0.advanced(by: -offset).nanoseconds.flooredDivision(by: length).quotient
            }
        }
    }

    private mutating func count(_ batch: RowBatch, _ rows: Range<Int>, into block: Int64) {
        if open[block] == nil { open[block] = OpenBlock(tally: ProfileTally(reference: reference)) }
        open[block]?.tally.add(batch, rows: rows, layout: layout)
        for row in rows { open[block]?.include(batch.time(ofRow: row)) }
    }

    /// The blocks in order. A reference seldom begins and ends on a block's edge: blocks with less than half
    /// of the median block's rows are incomplete and left out.
    func finish() -> [ReferenceBlocks.Block] {
        let sizes = open.values.map(\.rows).sorted()
        guard !sizes.isEmpty else { return [] }
        let smallest = sizes[sizes.count / 2] / 2
        return open.sorted { $0.key < $1.key }.filter { $0.value.rows >= smallest }.map {
            index, entry in
            let bounds = bounds(index, entry)
            return ReferenceBlocks.Block(start: bounds.0, end: bounds.1, profile: entry.tally.result)
        }
    }

    private func bounds(_ index: Int64, _ block: OpenBlock) -> (Timestamp, Timestamp) {
        switch length {
        case .rows: (block.first ?? Timestamp(nanoseconds: 0), block.last ?? Timestamp(nanoseconds: 0))
        case .nanoseconds(let length):
            (
                Timestamp(nanoseconds: index * length + offset),
                Timestamp(nanoseconds: (index + 1) * length + offset)
            )
        }
    }
}

private struct OpenBlock {
    var tally: ProfileTally
    var first: Timestamp?
    var last: Timestamp?

    var rows: UInt64 { max(tally.rows, tally.predictions) }

    mutating func include(_ time: Timestamp?) {
        guard let time else { return }
        first = min(first ?? time, time)
        last = max(last ?? time, time)
    }
}
