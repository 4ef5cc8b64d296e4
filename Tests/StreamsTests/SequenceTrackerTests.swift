import Streams
import Testing

struct SequenceTrackerTests {
    struct Case: Sendable {
        var sequences: [UInt64]
        var observations: [SequenceTracker.Observation]
    }

    private static let cases: [Case] = [
        Case(sequences: [1, 2, 3], observations: [.joined(late: false), .inOrder, .inOrder]),
        Case(sequences: [0, 1, 2], observations: [.joined(late: false), .inOrder, .inOrder]),
        Case(sequences: [7, 8], observations: [.joined(late: true), .inOrder]),
        Case(sequences: [1, 5, 6], observations: [.joined(late: false), .missed(3), .inOrder]),
        Case(
            sequences: [1, 4, 3, 2, 2, 5],
            observations: [.joined(late: false), .missed(2), .recovered, .recovered, .duplicate, .inOrder]),
        Case(
            sequences: [1, 9, 5, 4, 6, 5],
            observations: [.joined(late: false), .missed(7), .recovered, .recovered, .recovered, .duplicate]),
        Case(sequences: [1, 1, 2], observations: [.joined(late: false), .duplicate, .inOrder]),
        Case(sequences: [5, 3], observations: [.joined(late: true), .duplicate]),
        Case(
            sequences: [1, .max, .max], observations: [.joined(late: false), .missed(.max - 2), .duplicate]),
    ]

    @Test(arguments: cases)
    func `numbers tell what is missing, late or twice`(example: Case) {
        var tracker = SequenceTracker()
        let observations = example.sequences.map { tracker.observe(epoch: 1, sequence: $0) }
        #expect(observations == example.observations)
    }

    @Test func `a new epoch starts anew, and the old one goes on`() {
        var tracker = SequenceTracker()
        #expect(tracker.observe(epoch: 1, sequence: 1) == .joined(late: false))
        #expect(tracker.observe(epoch: 2, sequence: 1) == .joined(late: false))
        #expect(tracker.observe(epoch: 1, sequence: 3) == .missed(1))
        #expect(tracker.observe(epoch: 2, sequence: 2) == .inOrder)
    }

    @Test func `a beacon tells what is missing at the end`() {
        var tracker = SequenceTracker()
        _ = tracker.observe(epoch: 1, sequence: 1)
        #expect(tracker.observe(epoch: 1, lastSent: 1) == .inOrder)
        #expect(tracker.observe(epoch: 1, lastSent: 4) == .missed(3))
        #expect(tracker.observe(epoch: 1, lastSent: 4) == .inOrder)
        #expect(tracker.observe(epoch: 1, lastSent: 2) == .inOrder)
        #expect(tracker.observe(epoch: 1, sequence: 3) == .recovered)
        #expect(tracker.observe(epoch: 1, sequence: 5) == .inOrder)
    }

    @Test func `a beacon heard first tells whether there was anything before`() {
        var (late, early) = (SequenceTracker(), SequenceTracker())
        #expect(late.observe(epoch: 1, lastSent: 9) == .joined(late: true))
        #expect(late.observe(epoch: 1, sequence: 10) == .inOrder)
        #expect(early.observe(epoch: 1, lastSent: 0) == .inOrder)
        #expect(early.observe(epoch: 1, sequence: 1) == .joined(late: false))
    }

    @Test func `of many publishers the one silent for longest is forgotten`() {
        var tracker = SequenceTracker()
        for epoch in 1...64 { _ = tracker.observe(epoch: UInt64(epoch), sequence: 1) }
        #expect(tracker.observe(epoch: 1, sequence: 2) == .inOrder)
        #expect(tracker.observe(epoch: 65, sequence: 1) == .joined(late: false))
        #expect(tracker.observe(epoch: 1, sequence: 3) == .inOrder)
        #expect(tracker.observe(epoch: 2, sequence: 2) == .joined(late: true))
    }

    @Test func `missed less recovered is what never came, in any order`() {
        var (generator, tracker, missing) = (SplitMix(seed: 7), SequenceTracker(), 0)
        var sequences = Array(UInt64(2)...2000).filter { _ in generator.next() % 10 > 0 }
        let lost = 1999 - sequences.count
        for i in sequences.indices where i + 5 < sequences.count && generator.next() % 4 == 0 {
            sequences.swapAt(i, i + Int(generator.next() % 5))
        }
        _ = tracker.observe(epoch: 1, sequence: 1)
        for sequence in sequences {
            switch tracker.observe(epoch: 1, sequence: sequence) {
            case .missed(let count): missing += Int(count)
            case .recovered: missing -= 1
            case .inOrder: break
            case .joined, .duplicate: Issue.record("\(sequence)")
            }
        }
        if case .missed(let count) = tracker.observe(epoch: 1, lastSent: 2000) { missing += Int(count) }
        #expect(missing == lost)
    }
}
