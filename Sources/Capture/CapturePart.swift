package import Drift

/// Rows of one message that belong to the sample, with what joins them.
package struct CapturePart: Sendable {
    package let rows: RowBatch
    /// A hash and the index in its request for each row.
    let hashes: [UInt64]
    let indices: [Int]
    /// The wall clock when the message came.
    let arrival: Timestamp
    package var arm: String?
    /// Rows that have no id.
    let withoutID: Int

    package init(
        _ batch: borrowing RowBatch, arrival: Timestamp, sample: CaptureSample = .everything,
        arm: String? = nil
    ) {
        var kept: [Int] = []
        var (hashes, indices, anonymous) = ([UInt64](), [Int](), 0)
        let ids = CapturePart.ids(of: batch)
        for row in 0..<batch.count {
            guard let (id, index) = ids(row) else {
                anonymous += 1
                continue
            }
            let hash = CaptureSample.hash(id: id, index: index)
            guard sample.contains(hash) else { continue }
            kept.append(row)
            hashes.append(hash)
            indices.append(index)
        }
        rows = kept.count == batch.count ? copy batch : batch.selecting(kept)
        (self.hashes, self.indices, self.arrival, self.arm) = (hashes, indices, arrival, arm)
        withoutID = anonymous
    }

    /// A request's id covers all rows, told apart by their index; an id of its own is a row's request.
    private static func ids(of batch: borrowing RowBatch) -> (Int) -> (id: UInt64, index: Int)? {
        let ids = batch.ids
        if ids.isEmpty { return { _ in nil } }
        if ids.count == 1 {
            let id = ids.range(0).isEmpty ? nil : ids.hash(0)
            return { row in id.map { ($0, row) } }
        }
        return { row in ids.range(row).isEmpty ? nil : (ids.hash(row), 0) }
    }

    func id(ofRow row: Int) -> CapturedID {
        CapturedID(rows.ids.bytes[rows.ids.range(rows.ids.count == 1 ? 0 : row)])
    }

    /// About as many bytes as the rows take up in memory.
    package var byteCount: Int {
        rows.columns.reduce(rows.ids.bytes.count + 24 * rows.count) { $0 + $1.byteCount(rows: rows.count) }
    }
}

extension Column {
    fileprivate func byteCount(rows: Int) -> Int {
        if case .text(let texts) = values { return texts.bytes.count + 8 * rows }
        return 8 * rows
    }
}
