import Rollouts
import Synchronization
import Testing

@testable import Registry

@Suite struct EvidenceBoardTests {
    @Test func `what is known is not read again until a report comes, or a stage begins`() async throws {
        let board = EvidenceBoard()
        let reads = Counter()
        func ask(stages: Int) async throws {
            _ = try await board.evidence(ofRollout: "r", stages: stages) {
                reads.count()
                return RolloutEvidence(units: (0..<stages).map { _ in [] })
            }
        }
        for _ in 0..<3 { try await ask(stages: 1) }
        #expect(reads.total == 1)
        board.outdate("r")
        try await ask(stages: 1)
        #expect(reads.total == 2)
        try await ask(stages: 2)
        #expect(reads.total == 3)
    }

    @Test func `what was read before a report does not outlive it`() async throws {
        let board = EvidenceBoard()
        let old = RolloutEvidence(units: [[]], crossovers: 1)
        let new = RolloutEvidence(units: [[]], crossovers: 2)
        _ = try await board.evidence(ofRollout: "r", stages: 1) {
            board.outdate("r")
            return old
        }
        let known = try await board.evidence(ofRollout: "r", stages: 1) { new }
        #expect(known == new)
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func count() { value.withLock { $0 += 1 } }
    var total: Int { value.withLock(\.self) }
}
