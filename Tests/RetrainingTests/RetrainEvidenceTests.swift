import Drift
import Testing

@testable import Retraining

struct RetrainEvidenceTests {
    /// Some pieces that agree, some that contradict each other under one name.
    private static func pieces(_ generator: inout SystemRandomNumberGenerator) -> [RetrainEvidence] {
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            var piece = RetrainEvidence(
                .make(
                    id: ["a", "b", "c"].randomElement(using: &generator) ?? "",
                    day: .random(in: 1...2, using: &generator),
                    source: ["/agents/x", "/agents/y"].randomElement(using: &generator) ?? ""))
            piece.value = [0.1, 0.2].randomElement(using: &generator) ?? 0
            return piece
        }
    }

    @Test func `uniting is commutative, associative and idempotent`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let (a, b, c) = (
                Self.pieces(&generator), Self.pieces(&generator), Self.pieces(&generator)
            )
            let ab = RetrainEvidence.united(a, b)
            #expect(ab == RetrainEvidence.united(b, a))
            #expect(RetrainEvidence.united(ab, c) == RetrainEvidence.united(a, RetrainEvidence.united(b, c)))
            #expect(RetrainEvidence.united(ab, ab) == ab)
            #expect(RetrainEvidence.united(ab, b) == ab)
        }
    }

    @Test func `evidence of ten agents is ten pieces, and each agent's only once`() {
        let pieces = (0..<10).map { RetrainEvidence(.make(source: "/agents/\($0)")) }
        #expect(RetrainEvidence.united(pieces + pieces, pieces.shuffled()).count == 10)
    }

    @Test func `of too much evidence the newest is kept`() {
        let pieces = (0..<300).map { RetrainEvidence(.make(id: "\($0)", day: $0)) }
        let united = RetrainEvidence.united(pieces.shuffled(), [])
        #expect(united == Array(pieces.suffix(RetrainEvidence.capacity)))
    }

    @Test func `quality fires where an agent saw it fire last`() {
        let fired = RetrainEvidence(.make(id: "1", day: 1, kind: "quality"))
        let resolved = RetrainEvidence(.make(id: "2", day: 2, type: .resolved, kind: "quality"))
        let again = RetrainEvidence(.make(id: "3", day: 3, kind: "quality"))
        let elsewhere = RetrainEvidence(.make(id: "2", day: 2, source: "/agents/b", kind: "quality"))
        func firing(_ evidence: RetrainEvidence...) -> [String] {
            RetrainEvidence.firingQuality(in: evidence).map(\.event)
        }
        #expect(firing(fired) == ["1"])
        #expect(firing(resolved, fired) == [])
        #expect(firing(again, resolved, fired) == ["3"])
        #expect(firing(elsewhere, resolved) == ["2"])
        #expect(firing(RetrainEvidence(.make())) == [])
    }
}
