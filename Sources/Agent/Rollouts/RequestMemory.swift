import Drift

/// What requests said that their answers do not: when they were made, and about whom.
///
/// A fixed number of slots, each overwritten by the next id that falls into it, as in ``RequestTimes``.
struct RequestMemory: Sendable {
    struct Request: Sendable {
        var time: Timestamp?
        var unit: String?
        var version: String?
    }

    private static let slots = 1 << 16
    private var keys: [UInt64] = []
    private var requests: [Request] = []

    /// Takes in the requests of a batch that has inputs, and answers to come.
    mutating func remember(_ batch: RowBatch) {
        guard batch.parts.contains(.features), !batch.parts.contains(.predictions) else { return }
        let saysMore = !batch.times.isEmpty || !batch.units.isEmpty || batch.modelVersion != nil
        guard saysMore else { return }
        for row in 0..<batch.ids.count {
            remember(
                batch.ids.hash(row),
                Request(
                    time: batch.time(ofRow: row), unit: batch.unit(ofRow: row), version: batch.modelVersion))
        }
    }

    private mutating func remember(_ id: UInt64, _ request: Request) {
        if keys.isEmpty {
            keys = Array(repeating: 0, count: RequestMemory.slots)
            requests = Array(repeating: Request(), count: RequestMemory.slots)
        }
        let slot = slot(id)
        (keys[slot], requests[slot]) = (id, request)
    }

    subscript(_ batch: RowBatch, row: Int) -> Request? {
        guard !keys.isEmpty, !batch.ids.isEmpty else { return nil }
        let id = batch.ids.hash(batch.ids.count == 1 ? 0 : row)
        return keys[slot(id)] == id ? requests[slot(id)] : nil
    }

    private func slot(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & (RequestMemory.slots - 1)
    }
}
