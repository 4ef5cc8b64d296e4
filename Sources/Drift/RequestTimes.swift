/// When requests were made, by their ids, so that an answer or a label without a time of its own is placed
/// with its request.
///
/// A fixed number of slots, each overwritten by the next id that falls into it: bounded however long a stream
/// runs, and a request that was forgotten only makes its answer fall back on the time it arrived.
package struct RequestTimes: Sendable {
    private var keys: [UInt64] = []
    private var times: [Timestamp] = []
    private let slots: Int

    /// - Parameter slots: a power of two.
    package init(slots: Int = 1 << 17) { self.slots = slots }

    package mutating func remember(_ id: UInt64, _ time: Timestamp) {
        if keys.isEmpty {
            keys = Array(repeating: 0, count: slots)
            times = Array(repeating: Timestamp(nanoseconds: 0), count: slots)
        }
        let slot = slot(id)
        (keys[slot], times[slot]) = (id, time)
    }

    package func time(of id: UInt64) -> Timestamp? {
        guard !keys.isEmpty, keys[slot(id)] == id else { return nil }
        return times[slot(id)]
    }

    private func slot(_ id: UInt64) -> Int {
        Int(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots - 1)
    }
}
