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

    @Test func `once its alerts are resolved, and what speaks against it, a proposal is over`() {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let events: [DriftEvent] = [
            .make(id: "d", day: 3), .make(id: "p", day: 3, kind: "prediction"),
            .make(id: "d2", day: 4, type: .resolved), .make(id: "q", day: 4, kind: "quality"),
            .make(id: "p2", day: 5, type: .resolved, kind: "prediction"),
            .make(id: "q2", day: 6, type: .resolved, kind: "quality"),
            .make(id: "q3", day: 7, kind: "quality"),
        ]
        let proposes = events.map { proposer.observe($0) != nil }
        #expect(proposes == [true, true, false, true, false, true, false])
    }

    @Test func `a window proposes once, with all that it shows`() {
        var proposer = RetrainProposer(policy: RetrainPolicy(), featureCount: 4)
        let fired = proposer.observe(
            [.make(id: "d"), .make(id: "p", kind: "prediction"), .make(id: "q", kind: "quality")],
            closing: window(3, through: 3), of: .drift)
        #expect(fired.map { $0.evidence.map(\.event) } == [["d", "p", "q"]])
        let resolved = proposer.observe(
            ["data", "prediction", "quality"].map {
                .make(id: "no-\($0)", day: 4, type: .resolved, kind: $0)
            },
            closing: window(4, through: 4), of: .drift)
        #expect(resolved.map { RetrainEvidence.firingQuality(in: $0.evidence) } == [[]])
    }

    // MARK: Alerts that have to last

    private func window(_ first: Int64, through last: Int64) -> RetrainRequest.Window {
        RetrainRequest.Window(start: .day(first), end: .day(last + 1))
    }

    @Test func `an alert that is to last proposes with all the windows it fired in`() throws {
        var proposer = RetrainProposer(policy: RetrainPolicy(windows: 3), featureCount: 4)
        let atOnce = proposer.observe(.make(id: "d", day: 3))
        #expect(atOnce == nil)
        let proposals = (3...6).map { proposer.close(window($0, through: $0), of: .drift, champion: 7) }
        #expect(proposals.map(\.count) == [0, 0, 1, 0])
        let request = try #require(proposals[2].first)
        #expect(request.window == window(3, through: 5))
        #expect(request.championVersion == 7 && request.evidence.map(\.event) == ["d"])
        try request.check()
    }

    @Test func `an alert that is resolved before has not lasted, and begins again`() {
        var proposer = RetrainProposer(policy: RetrainPolicy(windows: 2), featureCount: 4)
        _ = proposer.observe(.make(id: "d", day: 3))
        let first = proposer.close(window(3, through: 3), of: .drift)
        _ = proposer.observe(.make(id: "r", day: 4, type: .resolved))
        let second = proposer.close(window(4, through: 4), of: .drift)
        _ = proposer.observe(.make(id: "d2", day: 5))
        let third = proposer.close(window(5, through: 5), of: .drift)
        #expect([first, second, third] == [[], [], []])
        #expect(proposer.close(window(6, through: 6), of: .drift).first?.window == window(5, through: 6))
    }

    @Test func `windows of labels and of rows are counted apart`() {
        var proposer = RetrainProposer(policy: RetrainPolicy(windows: 2), featureCount: 4)
        _ = proposer.observe(.make(id: "c", day: 3, kind: "concept"))
        let rows = (3...6).map { proposer.close(window($0, through: $0), of: .drift).count }
        let labels = (3...4).map { proposer.close(window($0, through: $0), of: .concept).count }
        #expect(rows == [0, 0, 0, 0] && labels == [0, 1])
    }

    @Test func `what was known outlives a change of policy`() {
        var before = RetrainProposer(policy: RetrainPolicy(windows: 2), featureCount: 4)
        _ = before.observe(.make(id: "d", day: 3))
        _ = before.close(window(3, through: 3), of: .drift)
        var after = RetrainProposer(policy: RetrainPolicy(), featureCount: 5)
        after.resume(before)
        #expect(after.close(window(4, through: 4), of: .drift).count == 1)
        #expect(after.observe(.make(id: "q", day: 5, kind: "quality"))?.evidence.map(\.event) == ["d", "q"])
    }
}
