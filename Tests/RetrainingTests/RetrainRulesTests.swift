import Drift
import Testing

@testable import Retraining

struct RetrainRulesTests {
    private let rules = RetrainRules(
        cooldown: .seconds(86_400), perDay: 2, perMonth: 3, setbacksToOpen: 3,
        longestPause: .seconds(3 * 86_400), patience: .seconds(7 * 86_400))
    private static let now = Timestamp.day(40, hour: 12)

    private func decide(
        _ history: RetrainHistory, about request: RetrainRequest = .make(), proposed: Timestamp = now,
        now: Timestamp = now
    ) -> RetrainDecision {
        rules.decide(request, proposed: proposed, history, now: now)
    }

    /// Until when a decision says to wait; `nil` when it says no time, or does not wait.
    private func end(of decision: RetrainDecision) -> Timestamp? {
        if case .wait(_, let until) = decision { until } else { nil }
    }

    private func isAccepted(_ decision: RetrainDecision) -> Bool {
        if case .accept = decision { true } else { false }
    }

    @Test(arguments: RetrainTrigger.allCases)
    func `a model that was left alone is trained`(trigger: RetrainTrigger) {
        #expect(decide(RetrainHistory(), about: .make(trigger)) == .accept("nothing speaks against it: why"))
    }

    @Test func `one is in flight a model`() {
        let decision = decide(RetrainHistory(inFlight: "0123456789abcdef"), about: .make(.manual))
        #expect(decision == .wait("request 0123456789ab is in flight, one a model"))
    }

    // MARK: Cooldown and back-off

    @Test(arguments: [
        (0, 24), (1, 48), (2, 72),
        // Not longer than the longest pause.
        (3, 72), (1000, 72),
    ])
    func `each setback doubles the pause`(setbacks: Int, hours: Int64) {
        #expect(rules.pause(afterSetbacks: setbacks) == .seconds(hours * 3600))
    }

    @Test(arguments: [(0, 24), (1, 48), (2, 72)])
    func `the pause ends to the nanosecond`(setbacks: Int, hours: Int64) {
        let history = RetrainHistory(setbacks: setbacks, lastEnd: .day(30))
        let end = Timestamp.day(30, hour: hours)
        let before = end.advanced(by: -1)
        let held = decide(history, proposed: before, now: before)
        #expect(self.end(of: held) == end && held.reason.contains("\(end)"))
        #expect(isAccepted(decide(history, proposed: end, now: end)))
    }

    @Test(arguments: [RetrainTrigger.code, .manual])
    func `who asks does not wait for a pause`(trigger: RetrainTrigger) {
        #expect(isAccepted(decide(RetrainHistory(setbacks: 2, lastEnd: Self.now), about: .make(trigger))))
    }

    // MARK: Budget

    @Test func `a day has so many trainings, and the next its own`() {
        let history = RetrainHistory(begun: [.day(40), .day(40, hour: 12)])
        #expect(end(of: decide(history, about: .make(.manual))) == .day(41))
        #expect(isAccepted(decide(history, about: .make(.manual), now: .day(41))))
        #expect(isAccepted(decide(RetrainHistory(begun: [.day(39, hour: 23), .day(40)]))))
    }

    /// Day 40 is 10 February 1970, day 59 the first of March.
    @Test func `a month has so many trainings, and the next its own`() {
        let history = RetrainHistory(begun: [.day(31), .day(32), .day(33)])
        #expect(end(of: decide(history)) == .day(59))
        let before = Timestamp.day(59).advanced(by: -1)
        #expect(!isAccepted(decide(history, proposed: before, now: before)))
        #expect(isAccepted(decide(history, proposed: .day(59), now: .day(59))))
        #expect(isAccepted(decide(RetrainHistory(begun: [.day(30), .day(31), .day(33)]))))
    }

    // MARK: Breaker

    @Test(arguments: RetrainTrigger.allCases)
    func `after setbacks in a row a person must close the breaker`(trigger: RetrainTrigger) {
        guard case .wait(let reason, nil) = decide(RetrainHistory(setbacks: 3), about: .make(trigger)) else {
            Issue.record("the breaker is open")
            return
        }
        #expect(reason.contains("leeway retrain close-breaker m"))
        #expect(isAccepted(decide(RetrainHistory(setbacks: 2), about: .make(trigger))))
    }

    // MARK: Veto

    @Test(arguments: RetrainTrigger.allCases)
    func `an alert about the data's quality vetoes`(trigger: RetrainTrigger) {
        let fired = RetrainEvidence(.make(id: "1", kind: "quality", blamed: ["dewp"]))
        let resolved = RetrainEvidence(.make(id: "2", day: 9, type: .resolved, kind: "quality"))
        guard case .wait(let reason, nil) = decide(RetrainHistory(), about: .make(trigger, evidence: [fired]))
        else {
            Issue.record("it must wait")
            return
        }
        #expect(reason.contains("ks of dewp fires at /agents/a"))
        #expect(!isAccepted(decide(RetrainHistory(evidence: [fired]), about: .make(trigger))))
        #expect(
            isAccepted(decide(RetrainHistory(evidence: [resolved]), about: .make(trigger, evidence: [fired])))
        )
    }

    // MARK: For good

    @Test func `rows that a training sees need no other`() {
        let history = RetrainHistory(
            inFlight: "f", coverage: RetrainHistory.Coverage(id: "f", end: .day(4)))
        #expect(
            decide(history, about: .make(.drift, day: 3))
                == .cover("request f has rows until 1970-01-05T00:00:00Z and covers it", by: "f"))
        #expect(
            decide(history, about: .make(.concept, day: 2))
                == .cover("request f has rows until 1970-01-05T00:00:00Z and covers it", by: "f"))
        for other in [RetrainRequest.make(.drift, day: 4), .make(.manual, day: 3), .make(.schedule, day: 3)] {
            #expect(decide(history, about: other) == .wait("request f is in flight, one a model"))
        }
    }

    @Test func `alerts of a version that no longer serves are no reason`() {
        let history = RetrainHistory(champion: 4)
        #expect(
            decide(history, about: .make(champion: 3))
                == .refuse("it is about version 3, and version 4 is the champion now"))
        for other in [RetrainRequest.make(champion: 4), .make(), .make(.manual, champion: 3)] {
            #expect(isAccepted(decide(history, about: other)))
        }
        #expect(isAccepted(decide(RetrainHistory(), about: .make(champion: 3))))
    }

    @Test func `patience ends, but not for what can be trained`() {
        let (early, late) = (Timestamp.day(33, hour: 13), Timestamp.day(33, hour: 12))
        let history = RetrainHistory(setbacks: 3)
        if case .refuse = decide(history, proposed: early) { Issue.record("it has not waited so long") }
        guard case .refuse(let reason) = decide(history, proposed: late) else {
            Issue.record("it waited too long")
            return
        }
        #expect(reason.hasPrefix("it waited 7 days and still could not be trained: the breaker is open"))
        #expect(isAccepted(decide(RetrainHistory(), proposed: late)))
    }
}
