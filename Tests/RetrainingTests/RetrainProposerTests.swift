import Drift
import Testing

@testable import Retraining

struct RetrainProposerTests {
    private func trigger(
        _ event: DriftEvent, data: RetrainPolicy.Data = .features([]), prediction: Bool = true,
        concept: Bool = true, leastSeverity: DriftEvent.Severity = .warning
    ) -> RetrainTrigger? {
        RetrainPolicy(data: data, prediction: prediction, concept: concept, leastSeverity: leastSeverity)
            .trigger(event, featureCount: 4)
    }

    @Test(
        arguments: [
            ("data", RetrainTrigger.drift), ("prediction", .drift), ("concept", .concept), ("quality", nil),
            ("skew", nil),
        ] as [(String, RetrainTrigger?)])
    func `an alert's kind says what a model is trained again for`(kind: String, expected: RetrainTrigger?) {
        #expect(trigger(.make(kind: kind)) == expected)
        #expect(trigger(.make(type: .resolved, kind: kind)) == nil)
    }

    @Test func `a policy leaves kinds out`() {
        #expect(trigger(.make(), data: .never) == nil)
        #expect(trigger(.make(kind: "prediction"), prediction: false) == nil)
        #expect(trigger(.make(kind: "concept"), concept: false) == nil)
        #expect(trigger(.make(), leastSeverity: .critical) == nil)
        #expect(trigger(.make(severity: .critical), leastSeverity: .critical) == .drift)
    }

    @Test(arguments: [
        (RetrainPolicy.Data.features(["temp"]), ["temp"], true),
        (.features(["temp"]), ["dewp", "temp"], true),
        (.features(["temp"]), ["dewp"], false),
        (.share(0.5), ["temp"], false),
        (.share(0.5), ["temp", "dewp"], true),
        (.share(0.5), ["temp", "temp"], false),
        (.share(1), ["a", "b", "c"], false),
    ])
    func `features and their share are counted among those to blame`(
        data: RetrainPolicy.Data, blamed: [String], proposes: Bool
    ) {
        #expect((trigger(.make(blamed: blamed), data: data) != nil) == proposes)
    }

    // MARK: Proposals

    @Test func `a proposal has its window, its reference, and all that fires as evidence`() throws {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let none = proposer.observe(.make(id: "q", day: 2, kind: "quality"))
        #expect(none == nil)
        let requestProposal = proposer.observe(.make(id: "d", day: 3), champion: 7)
        let request = try #require(requestProposal)
        #expect(request.id == RetrainRequest.make(.drift, day: 3).id)
        #expect(request.championVersion == 7)
        #expect(request.evidence.map(\.event) == ["q", "d"])
        #expect(request.cause.reason == "data alert: ks of temp is 0.3, over 0.2")
        try request.check()
    }

    @Test func `a window's second alert is the same request with more evidence`() throws {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let firstProposal = proposer.observe(.make(id: "1"))
        let first = try #require(firstProposal)
        let secondProposal = proposer.observe(.make(id: "2", kind: "prediction"))
        let second = try #require(secondProposal)
        #expect(second.id == first.id)
        #expect(second.evidence.count == 2)
    }

    @Test func `quality that fires or resolves is told under the same id`() throws {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let requestProposal = proposer.observe(.make(id: "d", day: 3))
        let request = try #require(requestProposal)
        let heldProposal = proposer.observe(.make(id: "q", day: 4, kind: "quality"))
        let held = try #require(heldProposal)
        let freeProposal = proposer.observe(.make(id: "r", day: 5, type: .resolved, kind: "quality"))
        let free = try #require(freeProposal)
        #expect(held.id == request.id && free.id == request.id)
        #expect(RetrainEvidence.firingQuality(in: held.evidence).count == 1)
        #expect(RetrainEvidence.firingQuality(in: free.evidence).isEmpty)
    }

    @Test func `once its alerts are resolved a proposal is over`() {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let events: [DriftEvent] = [
            .make(id: "d", day: 3), .make(id: "p", day: 3, kind: "prediction"),
            .make(id: "d2", day: 4, type: .resolved), .make(id: "q", day: 4, kind: "quality"),
            .make(id: "p2", day: 5, type: .resolved, kind: "prediction"),
            .make(id: "q2", day: 6, type: .resolved, kind: "quality"),
        ]
        let proposes = events.map { proposer.observe($0) != nil }
        #expect(proposes == [true, true, false, true, false, false])
    }
}
