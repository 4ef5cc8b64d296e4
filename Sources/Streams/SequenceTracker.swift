/// Counts what one topic lost on the way, from the sequence numbers its publishers give.
///
/// A publisher draws a new epoch at each start and numbers its messages of the topic one by one, from 1 (or 0)
/// on. Publishers that share a topic are told apart by their epochs. What counts as missed when a later number
/// comes first is taken back should the message arrive after all, so the count is exact in the end.
package struct SequenceTracker: Sendable {
    package enum Observation: Equatable, Sendable {
        case inOrder
        /// The publisher's first message to be seen. `late`: there were others before it, sent before we
        /// listened; they are not lost, but what they belong to is incomplete.
        case joined(late: Bool)
        case missed(UInt64)
        /// It had been counted as missed.
        case recovered
        case duplicate
    }

    /// Publishers remembered at a time; the one silent for longest makes way.
    static let maximumPublishers = 64
    /// Gaps remembered of each; a message that fills an older one counts as a duplicate.
    static let maximumGaps = 1024

    private var publishers: [Publisher] = []

    package init() {}

    package mutating func observe(epoch: UInt64, sequence: UInt64) -> Observation {
        guard let i = recall(epoch) else {
            publishers.append(Publisher(epoch: epoch, last: sequence))
            return .joined(late: sequence > 1)
        }
        return publishers[i].observe(sequence)
    }

    /// A beacon tells the number of the last message sent, and so what is missing at the end of the stream.
    package mutating func observe(epoch: UInt64, lastSent: UInt64) -> Observation {
        // Nothing has been sent yet, and what the first number will be is open.
        guard lastSent > 0 else { return .inOrder }
        guard let i = recall(epoch) else {
            publishers.append(Publisher(epoch: epoch, last: lastSent))
            return .joined(late: true)
        }
        return publishers[i].advance(to: lastSent)
    }

    /// The place of the publisher, which is now the last: the one heard most recently.
    private mutating func recall(_ epoch: UInt64) -> Int? {
        let newest = publishers.count - 1
        if newest >= 0 && publishers[newest].epoch == epoch { return newest }
        guard let i = publishers.firstIndex(where: { $0.epoch == epoch }) else {
            if publishers.count == SequenceTracker.maximumPublishers { publishers.removeFirst() }
            return nil
        }
        publishers.append(publishers.remove(at: i))
        return newest
    }
}

private struct Publisher: Sendable {
    let epoch: UInt64
    /// The highest number known to have been sent.
    private var last: UInt64
    /// Numbers up to `last` that have not arrived, in ascending order.
    private var gaps: [ClosedRange<UInt64>] = []

    init(epoch: UInt64, last: UInt64) { (self.epoch, self.last) = (epoch, last) }

    mutating func observe(_ sequence: UInt64) -> SequenceTracker.Observation {
        guard sequence > last else { return fill(sequence) ? .recovered : .duplicate }
        let observation = sequence - last > 1 ? advance(to: sequence - 1) : .inOrder
        last = sequence
        return observation
    }

    mutating func advance(to lastSent: UInt64) -> SequenceTracker.Observation {
        guard lastSent > last else { return .inOrder }
        gaps.append(last + 1...lastSent)
        if gaps.count > SequenceTracker.maximumGaps { gaps.removeFirst() }
        defer { last = lastSent }
        return .missed(lastSent - last)
    }

    private mutating func fill(_ sequence: UInt64) -> Bool {
        guard let i = gaps.lastIndex(where: { $0.contains(sequence) }) else { return false }
        let gap = gaps.remove(at: i)
        if sequence < gap.upperBound { gaps.insert(sequence + 1...gap.upperBound, at: i) }
        if sequence > gap.lowerBound { gaps.insert(gap.lowerBound...sequence - 1, at: i) }
        return true
    }
}
