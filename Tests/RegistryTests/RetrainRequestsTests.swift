import Drift
import Retraining
import Testing

@testable import Registry

@Suite struct RetrainRequestsTests {
    private static let day: Int64 = 86_400_000

    private func request(
        _ trigger: RetrainTrigger = .drift, day: Int64 = 3, evidence: [RetrainEvidence] = [],
        champion: Int64? = nil, reference: String = "ref"
    ) -> RetrainRequest {
        RetrainRequest(
            model: "m", cause: RetrainCause(trigger: trigger, reason: "why"), evidence: evidence,
            reference: reference,
            window: .init(
                start: Timestamp(milliseconds: day * Self.day),
                end: Timestamp(milliseconds: (day + 1) * Self.day)),
            championVersion: champion)
    }

    private func alert(
        _ id: String, of kind: String = "data", from source: String = "/agents/a", isFiring: Bool = true,
        day: Int64 = 3
    ) throws -> RetrainEvidence {
        let time = Timestamp(milliseconds: (day + 1) * Self.day)
        let payload = DriftEvent.Payload(
            model: "m", kind: kind, fingerprint: kind, feature: "temp", measure: "ks", value: 0.3,
            threshold: 0.2, pValue: nil, qValue: nil, errorBound: nil, severity: .warning,
            window: WindowSummary(start: Timestamp(milliseconds: day * Self.day), end: time), test: nil,
            reference: "ref", versions: [], contributors: [], histogram: nil, since: time)
        return RetrainEvidence(
            DriftEvent(
                id: id, type: isFiring ? .firing : .resolved, source: source, subject: "m/temp", time: time,
                data: payload))
    }

    private func world(_ rules: RetrainRules = RetrainRules(), versions: Int = 0) async throws -> ServingWorld
    {
        let world = try await ServingWorld(versions: versions, retrainRules: rules)
        world.time.set(100 * Self.day)
        return world
    }

    // MARK: Schedules

    @Test func `a period is proposed once, of models that are registered`() async throws {
        let world = try await world(versions: 1)
        let schedules = ["m", "unknown"].map { RetrainSchedule(model: $0, period: 86_400_000_000_000) }
        func propose(onDay day: Int64) async throws -> [RetrainRecord] {
            try await world.registry.propose(
                due: schedules, at: Timestamp(milliseconds: day * Self.day + 1), by: .tester)
            return try await world.registry.retrainRequests(limit: 10)
        }
        _ = try await propose(onDay: 100)
        let first = try await propose(onDay: 100)
        #expect(first.map(\.model) == ["m"] && first.map(\.proposals) == [1])
        // Days 101 to 104 were missed.
        let later = try await propose(onDay: 105)
        #expect(
            later.map { $0.request.window?.end } == [105, 100].map { Timestamp(milliseconds: $0 * Self.day) })
    }

    // MARK: Proposals

    @Test func `a proposal is accepted, and says who made it and why`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        #expect(record.state == .accepted)
        #expect(record.reason == "nothing speaks against it: why")
        #expect(record.proposedBy == "tester")
        #expect(try await world.registry.retrainRequest(record.id) == record)
        let audit = try await world.registry.audit(of: record.id, limit: 10)
        #expect(audit.map(\.action) == ["retrain.accepted", "retrain.propose"])
        #expect(audit.allSatisfy { $0.actor == "tester" })
    }

    /// Each sidecar has its own evidence; some see another day, another trigger or another reference.
    @Test(arguments: 0..<8)
    func `ten sidecars, in any order and however often, are one training`(round: Int) async throws {
        let world = try await world()
        var proposals: [RetrainRequest] = []
        for sidecar in 0..<10 {
            let evidence = [try alert("e", from: "/agents/\(sidecar)")]
            let reference = sidecar < 2 ? "older" : "ref"
            proposals.append(request(evidence: evidence, reference: reference))
            if round % 2 == 1 {
                proposals.append(request(.concept, day: .random(in: 1...5), evidence: evidence))
            }
        }
        let all = (proposals + proposals + proposals.prefix(5)).shuffled()
        await withTaskGroup(of: Void.self) { group in
            for proposal in all {
                group.addTask { _ = try? await world.registry.propose(proposal, by: .tester) }
            }
        }
        let records = try await world.registry.retrainRequests(of: "m", limit: 100)
        #expect(records.reduce(0) { $0 + Int($1.proposals) } == all.count)
        #expect(records.count { $0.state == .accepted } == 1)
        #expect(Set(records.map(\.state)).isSubset(of: [.accepted, .covered, .waiting]))
        let lease = try await take(world)
        #expect(lease != nil)
        #expect(try await take(world, worker: "v") == nil)
        if round % 2 == 0 {
            #expect(lease?.record.request.evidence.count == 10)
        }
    }

    @Test func `a request proposed again after it ended stays ended`() async throws {
        let world = try await world()
        _ = try await world.registry.propose(request(), by: .tester)
        try await end(world, .candidate(version: 1, run: "r"))
        let again = try await world.registry.propose(request(evidence: [try alert("late")]), by: .tester)
        #expect(again.state == .candidate)
        #expect(again.proposals == 2)
        #expect(again.request.evidence.map(\.event) == ["late"])
    }

    @Test func `models do not wait for one another`() async throws {
        let world = try await world()
        let other = RetrainRequest(model: "n", cause: RetrainCause(trigger: .manual, reason: "why"))
        #expect(try await world.registry.propose(request(), by: .tester).state == .accepted)
        #expect(try await world.registry.propose(other, by: .tester).state == .accepted)
    }

    @Test func `what breaks a rule is refused and leaves nothing`() async throws {
        let world = try await world()
        let bad = [
            RetrainRequest(model: "a/b", cause: RetrainCause(trigger: .manual, reason: "why")),
            RetrainRequest(model: "m", cause: RetrainCause(trigger: .code, reason: "why")),
        ]
        for request in bad {
            await #expect {
                try await world.registry.propose(request, by: .tester)
            } throws: { ($0 as? RegistryError)?.kind == .invalid }
        }
        #expect(try await world.registry.retrainRequests(limit: 10).isEmpty)
    }

    // MARK: Waiting

    @Test func `what had to wait is accepted when its time has come, the newest rows first`() async throws {
        let world = try await world()
        _ = try await world.registry.propose(request(day: 3), by: .tester)
        try await end(world, .candidate(version: 1, run: "r"))
        let older = try await world.registry.propose(request(day: 4), by: .tester)
        let newer = try await world.registry.propose(request(day: 5), by: .tester)
        #expect(older.state == .waiting && newer.state == .waiting)
        #expect(newer.waitsUntil == 101 * Self.day)
        world.time.set(101 * Self.day - 1)
        try await world.registry.settleRetrainRequests(by: .tester)
        #expect(try await world.registry.retrainRequest(newer.id).state == .waiting)
        world.time.set(101 * Self.day)
        try await world.registry.settleRetrainRequests(by: .tester)
        #expect(try await world.registry.retrainRequest(newer.id).state == .accepted)
        let covered = try await world.registry.retrainRequest(older.id)
        #expect(covered.state == .covered && covered.coveredBy == newer.id)
    }

    @Test(arguments: [RetrainOutcome.failed(run: nil, reason: "no disk"), nil])
    func `what a training that came to nothing had covered waits again`(outcome: RetrainOutcome?) async throws
    {
        let world = try await world()
        let newer = try await world.registry.propose(request(day: 3), by: .tester)
        let older = try await world.registry.propose(request(day: 2), by: .tester)
        #expect(older.state == .covered && older.coveredBy == newer.id)
        if let outcome {
            try await end(world, outcome)
        } else {
            _ = try await world.registry.cancelRetrainRequest(newer.id, by: .tester)
        }
        let again = try await world.registry.retrainRequest(older.id)
        #expect([.waiting, .accepted].contains(again.state) && again.coveredBy == nil)
    }

    @Test func `evidence is united from the first proposal on`() async throws {
        let world = try await world()
        let twice = try await world.registry.propose(
            request(evidence: [try alert("a"), try alert("a")]), by: .tester)
        #expect(twice.request.evidence.map(\.event) == ["a"])
    }

    @Test func `what a person asks for goes before what an agent does`() async throws {
        let world = try await world()
        _ = try await world.registry.propose(request(day: 3), by: .tester)
        let manual = try await world.registry.propose(request(.manual), by: .tester)
        let drift = try await world.registry.propose(request(day: 5), by: .tester)
        #expect(manual.state == .waiting && drift.state == .waiting)
        try await end(world, .candidate(version: 1, run: "r"))
        #expect(try await world.registry.retrainRequest(manual.id).state == .accepted)
        #expect(try await world.registry.retrainRequest(drift.id).state == .waiting)
    }

    @Test func `quality that fires holds a request back, and lets it go when it resolves`() async throws {
        let world = try await world()
        let held = try await world.registry.propose(
            request(evidence: [alert("d"), alert("q", of: "quality")]), by: .tester)
        #expect(held.state == .waiting)
        #expect(held.reason.contains("vetoes"))
        let free = try await world.registry.propose(
            request(evidence: [alert("r", of: "quality", isFiring: false, day: 4)]), by: .tester)
        #expect(free.id == held.id && free.state == .accepted)
        #expect(free.request.evidence.map(\.event) == ["d", "q", "r"])
    }

    @Test func `alerts about a version that was replaced are refused`() async throws {
        let world = try await world(versions: 2)
        _ = try await world.registry.promote(2, of: "m", expecting: nil, by: .tester)
        let record = try await world.registry.propose(request(champion: 1), by: .tester)
        #expect(record.state == .refused)
        #expect(record.reason == "it is about version 1, and version 2 is the champion now")
    }

    @Test func `a new champion is left alone for the cooldown`() async throws {
        let world = try await world(versions: 1)
        _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
        let record = try await world.registry.propose(request(), by: .tester)
        #expect(record.state == .waiting && record.waitsUntil == 101 * Self.day)
    }

    // MARK: Leases

    private func take(_ world: ServingWorld, worker: String = "w") async throws -> RetrainLease? {
        try await world.registry.settleRetrainRequests(by: .tester)
        guard let oldest = try await world.registry.acceptedRetrainRequests().first else { return nil }
        return try await world.registry.leaseRetrainRequest(
            oldest.id, to: worker, for: .seconds(60), by: .tester)
    }

    private func end(_ world: ServingWorld, _ outcome: RetrainOutcome) async throws {
        let lease = try #require(try await take(world))
        _ = try await world.registry.finish(lease, outcome, by: .tester)
    }

    private func isConflict(_ error: any Error) -> Bool { (error as? RegistryError)?.kind == .conflict }

    @Test func `an outcome is kept with its version and run`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        try await end(world, .rejected(version: 2, run: "r", reason: "AUC is lower by 0.02"))
        let ended = try await world.registry.retrainRequest(record.id)
        #expect(ended.state == .rejected && ended.version == 2 && ended.run == "r")
        #expect(ended.reason == "AUC is lower by 0.02" && ended.finished == 100 * Self.day)
    }

    @Test func `a lease that was not renewed goes to another, and ends nothing any more`() async throws {
        let world = try await world()
        _ = try await world.registry.propose(request(), by: .tester)
        let first = try #require(try await take(world))
        world.time.set(100 * Self.day + 59_999)
        #expect(try await take(world, worker: "v") == nil)
        let renewed = try await world.registry.renew(first, for: .seconds(60), by: .tester)
        world.time.set(renewed.expires)
        let second = try #require(try await take(world, worker: "v"))
        #expect(second.record.worker == "v" && second.record.attempts == 2)
        await #expect(
            performing: {
                try await world.registry.finish(renewed, .candidate(version: 1, run: "r"), by: .tester)
            }, throws: isConflict)
        await #expect(
            performing: {
                try await world.registry.renew(renewed, for: .seconds(60), by: .tester)
            }, throws: isConflict)
    }

    @Test func `what workers never end has failed`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        for attempt in 1...3 {
            #expect(try await take(world)?.record.attempts == Int64(attempt))
            world.time.set(world.registry.now + 60_000)
        }
        #expect(try await take(world) == nil)
        let failed = try await world.registry.retrainRequest(record.id)
        #expect(failed.state == .failed)
        #expect(failed.reason == "3 workers took it up and were not heard of any more")
    }

    @Test func `a request that is cancelled under way ends its lease`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        let lease = try #require(try await take(world))
        let cancelled = try await world.registry.cancelRetrainRequest(
            record.id, reason: "wrong rows", by: .tester)
        #expect(cancelled.state == .cancelled && cancelled.reason == "cancelled by tester: wrong rows")
        await #expect(
            performing: {
                try await world.registry.renew(lease, for: .seconds(60), by: .tester)
            }, throws: isConflict)
        #expect(try await world.registry.propose(request(day: 4), by: .tester).state == .accepted)
    }

    @Test func `what is handed back counts as no attempt, what is taken back does`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        let lease = try #require(try await take(world))
        try await world.registry.release(lease, "the registry ends", by: .tester)
        let released = try await world.registry.retrainRequest(record.id)
        #expect((released.state, released.attempts, released.reason) == (.accepted, 0, "the registry ends"))
        _ = try #require(try await take(world))
        #expect(
            try await world.registry.releaseRetrainRequests(heldBy: "another", "why", by: .tester) == 0)
        #expect(try await world.registry.releaseRetrainRequests(heldBy: "w", "began anew", by: .tester) == 1)
        let taken = try await world.registry.retrainRequest(record.id)
        #expect((taken.state, taken.attempts, taken.reason) == (.accepted, 1, "began anew"))
    }

    @Test func `a registry in trouble tries three times`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        for attempt in 1...3 {
            let lease = try #require(try await take(world))
            #expect(try await world.registry.holds(lease))
            try await world.registry.takeBack(lease, "the disk is full", by: .tester)
            #expect(try await !world.registry.holds(lease))
            let now = try await world.registry.retrainRequest(record.id)
            #expect(now.state == (attempt < 3 ? .accepted : .failed))
            #expect(now.reason.contains("the disk is full"))
        }
    }

    @Test func `a training that a person cancels takes its request back, if the lease still holds`()
        async throws
    {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        let lease = try #require(try await take(world))
        try await world.registry.note(run: "r", of: lease, by: .tester)
        try await world.registry.cancel(lease, String(repeating: "x", count: 2000), by: .tester)
        let cancelled = try await world.registry.retrainRequest(record.id)
        #expect((cancelled.state, cancelled.run, cancelled.reason.count) == (.cancelled, "r", 1000))
        await #expect(
            performing: { try await world.registry.cancel(lease, "again", by: .tester) }, throws: isConflict)
    }

    @Test func `a step is told while the lease holds`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        let lease = try #require(try await take(world))
        try await world.registry.note("scores", of: lease, by: .tester)
        #expect(try await world.registry.retrainRequest(record.id).reason == "scores")
        _ = try await world.registry.cancelRetrainRequest(record.id, by: .tester)
        await #expect(
            performing: { try await world.registry.note("judges", of: lease, by: .tester) },
            throws: isConflict)
    }

    @Test func `another trainer says what it made of a request`() async throws {
        let world = try await world(RetrainRules(cooldown: .zero), versions: 2)
        let record = try await world.registry.propose(request(), by: .tester)
        await #expect {
            try await world.registry.finishRetrainRequest(
                record.id, .candidate(version: 9, run: ""), by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .notFound }
        let ended = try await world.registry.finishRetrainRequest(
            record.id, .candidate(version: 2, run: "r"), by: .tester)
        #expect((ended.state, ended.version, ended.run) == (.candidate, 2, "r"))
        _ = try await world.registry.propose(request(day: 4), by: .tester)
        let lease = try #require(try await take(world))
        await #expect(
            performing: {
                try await world.registry.finishRetrainRequest(
                    lease.record.id, .failed(run: nil, reason: "no"), by: .tester)
            }, throws: isConflict)
    }

    // MARK: Conclusions

    private func judged(
        _ world: ServingWorld, _ verdict: JudgedVersion.Verdict = .passes, rival: Int64? = nil
    ) -> JudgedVersion {
        JudgedVersion(
            origin: world.origin, tags: [Tag(key: "a", value: "b")], rival: rival, verdict: verdict,
            reason: "by far", evidence: "e")
    }

    private func conclude(
        _ world: ServingWorld, day: Int64, _ verdict: JudgedVersion.Verdict = .passes, rival: Int64? = nil
    ) async throws -> RetrainRecord {
        _ = try await world.registry.propose(request(day: day), by: .tester)
        let lease = try #require(try await take(world))
        try await world.uploadFiles()
        return try await world.registry.conclude(
            lease, with: judged(world, verdict, rival: rival), by: .tester)
    }

    @Test func `the first that passes is champion, the next candidate, and one that does not is kept`()
        async throws
    {
        let world = try await world(RetrainRules(cooldown: .zero, perDay: 100))
        let first = try await conclude(world, day: 3)
        #expect((first.state, first.version) == (.candidate, 1))
        #expect(try await world.registry.standing(of: "m").champion == 1)
        let moves = try await world.registry.aliasMoves(of: "m", limit: 10)
        #expect(moves.map(\.decision) == ["retrain \(first.id)"])
        #expect(moves.map(\.reason) == ["by far"] && moves.map(\.evidence) == ["e"])
        let second = try await conclude(world, day: 4, rival: 1)
        #expect((second.state, second.version) == (.candidate, 2))
        let third = try await conclude(world, day: 5, .fails, rival: 1)
        #expect((third.state, third.version, third.reason) == (.rejected, 3, "by far"))
        let fourth = try await conclude(world, day: 6, .open, rival: 1)
        #expect((fourth.state, fourth.version) == (.rejected, 4))
        let setbacks = try await world.registry.closeRetrainBreaker(of: "m", by: .tester)
        #expect(setbacks == 1, "what is open is no setback")
        let standing = try await world.registry.standing(of: "m")
        #expect((standing.champion, standing.candidate) == (1, 2))
        #expect(try await world.registry.modelVersion(3, of: "m").tags == [Tag(key: "a", value: "b")])
    }

    @Test func `a verdict about another champion appoints nobody`() async throws {
        let world = try await world(RetrainRules(cooldown: .zero, perDay: 100), versions: 2)
        _ = try await world.registry.promote(2, of: "m", expecting: nil, by: .tester)
        let ended = try await conclude(world, day: 3, rival: 1)
        #expect(ended.state == .rejected)
        #expect(ended.reason == "it was held against version 1, and the champion is version 2 by now")
        #expect(try await world.registry.standing(of: "m").candidate == nil)
    }

    @Test func `what a lost lease concludes leaves nothing`() async throws {
        let world = try await world(versions: 1)
        _ = try await world.registry.propose(request(), by: .tester)
        let lease = try #require(try await take(world))
        _ = try await world.registry.cancelRetrainRequest(lease.record.id, by: .tester)
        await #expect(
            performing: { try await world.registry.conclude(lease, with: judged(world), by: .tester) },
            throws: isConflict)
        #expect(try await world.registry.modelOverview("m").versions.count == 1)
    }

    @Test func `what has ended cannot be cancelled`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        try await end(world, .failed(run: nil, reason: "no rows"))
        await #expect(
            performing: {
                try await world.registry.cancelRetrainRequest(record.id, by: .tester)
            }, throws: isConflict)
        await #expect {
            try await world.registry.cancelRetrainRequest("none", by: .tester)
        } throws: { ($0 as? RegistryError)?.kind == .notFound }
    }

    // MARK: Budget and breaker

    @Test func `trainings that were cancelled before they began cost nothing`() async throws {
        let world = try await world(RetrainRules(cooldown: .zero, perDay: 1))
        for day in 3...5 as ClosedRange<Int64> {
            let record = try await world.registry.propose(request(day: day), by: .tester)
            #expect(record.state == .accepted)
            _ = try await world.registry.cancelRetrainRequest(record.id, by: .tester)
        }
        _ = try await world.registry.propose(request(day: 6), by: .tester)
        try await end(world, .candidate(version: 1, run: "r"))
        let record = try await world.registry.propose(request(day: 7), by: .tester)
        #expect(record.state == .waiting && record.waitsUntil == 101 * Self.day)
    }

    @Test func `setbacks in a row open the breaker, and a person closes it`() async throws {
        let world = try await world(RetrainRules(cooldown: .zero, perDay: 100, perMonth: 100))
        let setback = RetrainOutcome.rejected(version: nil, run: nil, reason: "worse")
        let failure = RetrainOutcome.failed(run: nil, reason: "no rows")
        let outcomes = [setback, .candidate(version: 1, run: "r"), setback, failure, setback]
        for (day, outcome) in zip(Int64(3)..., outcomes) {
            #expect(try await world.registry.propose(request(day: day), by: .tester).state == .accepted)
            try await end(world, outcome)
        }
        let held = try await world.registry.propose(request(day: 10), by: .tester)
        #expect(held.state == .waiting && held.reason.contains("the breaker is open after 3 trainings"))
        #expect(try await world.registry.closeRetrainBreaker(of: "m", reason: "fixed", by: .tester) == 3)
        #expect(try await world.registry.retrainRequest(held.id).state == .accepted)
        let audit = try await world.registry.audit(of: "m", limit: 1)
        #expect(audit.first?.action == "retrain.close-breaker")
    }

    // MARK: Names

    @Test func `requests follow their model's name, and end with it`() async throws {
        let world = try await world()
        let record = try await world.registry.propose(request(), by: .tester)
        _ = try await world.registry.renameRegisteredModel("m", to: "n", by: .tester)
        #expect(try await world.registry.retrainRequests(of: "n", limit: 10).map(\.id) == [record.id])
        #expect(try await world.registry.retrainRequests(of: "m", limit: 10).isEmpty)
        try await world.registry.deleteRegisteredModel("n", by: .tester)
        #expect(try await world.registry.retrainRequest(record.id).state == .cancelled)
    }

    @Test func `a list is by model and state, newest first`() async throws {
        let world = try await world()
        let first = try await world.registry.propose(request(day: 3), by: .tester)
        let second = try await world.registry.propose(request(day: 4), by: .tester)
        #expect(try await world.registry.retrainRequests(limit: 10).map(\.id) == [second.id, first.id])
        #expect(try await world.registry.retrainRequests(limit: 1).map(\.id) == [second.id])
        #expect(try await world.registry.retrainRequests(in: .accepted, limit: 10).map(\.id) == [first.id])
        #expect(try await world.registry.retrainRequests(of: "x", limit: 10).isEmpty)
    }
}
