import Crypto
import Drift
import Foundation
import Retraining
import Testing

@testable import Registry
@testable import Rollouts

private let noon = Timestamp(rfc3339: "2026-01-01T12:00:00Z")!

@Suite struct RolloutShadowTests {
    /// A rollout in its shadow, of whose model rows may be brought.
    private struct Scene {
        let world: ServingWorld
        let id: String

        var registry: Registry { world.registry }

        init(isOn: Bool = true) async throws {
            world = try await ServingWorld(versions: 2)
            _ = try await world.registry.promote(1, of: "m", expecting: nil, by: .tester)
            let shadow = RolloutPolicy.Shadow(isOn: isOn, interval: 60)
            let policy = RolloutPolicy(isGated: false, shadow: shadow)
            let proposal = RolloutProposal(model: "m", candidates: [2], policy: policy)
            id = try await world.registry.start(proposal, by: .tester).id
        }

        func record() async throws -> RolloutRecord { try await registry.rollout(id) }

        /// Rows that are ready, as an agent brings them.
        func set(_ text: String, source: [String: String]? = nil, isRead: Bool = true) async throws -> String
        {
            let bytes = Array("time,label\n\(text),1\n".utf8)
            let offer = TrainingSetOffer(
                sha256: SHA256.hash(data: bytes).hexadecimal, size: Int64(bytes.count),
                schema: ModelSchema(
                    task: .binary, features: [Feature(name: "amount", kind: .numeric)],
                    label: .init(tensor: "label", kind: "class")),
                source: source ?? ["rollout": id])
            _ = try await registry.offer(offer, for: "m", by: .tester)
            let upload = try await registry.upload(ofTrainingSet: offer.sha256, of: "m", at: 0)
            try await upload.write(bytes)
            guard case .kept(let set) = try await registry.finish(upload, by: .tester) else {
                throw CancellationError()
            }
            guard isRead else { return set.id }
            let reference = temporaryFolder()
            try Data("{}".utf8).write(to: URL(fileURLWithPath: reference))
            let facts = TrainingSetFacts(rows: 1, labelled: 1, labelColumn: "label", reference: "sha256:r")
            try await registry.settle(set, facts, reference: reference, by: .tester)
            return set.id
        }

        func give(_ set: String, from agent: String = "a") async throws {
            _ = try await registry.giveRows(set, toRollout: id, from: agent, by: .tester)
        }

        func wanted(from agent: String = "a") async throws -> [WantedRows] {
            try await registry.wantedRows(of: "m", from: agent)
        }

        func evidence() async throws -> [RolloutEvidence.Shadow?] {
            try await registry.evidence(of: record()).shadow
        }

        func isKept(_ set: String) async throws -> Bool {
            try await registry.trainingSets(of: "m", limit: 10).contains { $0.id == set }
        }
    }

    private func report(_ sum: Double) -> ShadowReport {
        let figures = ShadowReport.Figures(loss: 0.5)
        return ShadowReport(
            metric: .logLoss, rows: 3, first: noon, last: noon, champion: figures, candidate: figures,
            differences: [.init(start: noon, count: 3, sum: sum)], byRow: .init())
    }

    @Test func `agents are asked for rows once it is known which are new, and again after a while`()
        async throws
    {
        let scene = try await Scene()
        #expect(try await scene.wanted().isEmpty)
        #expect(try await scene.evidence() == [nil])
        try await scene.registry.openShadow(ofRollout: scene.id, since: noon, by: .tester)
        try await scene.registry.openShadow(ofRollout: scene.id, since: noon.advanced(by: 5), by: .tester)
        #expect(try await scene.wanted() == [WantedRows(rollout: scene.id, since: noon)])
        scene.world.time.set(1000)
        try await scene.give(scene.set("2026-01-02T00:00:00Z"))
        #expect(try await scene.wanted().isEmpty)
        #expect(try await scene.wanted(from: "b").count == 1)
        scene.world.time.set(60_999)
        #expect(try await scene.wanted().isEmpty)
        scene.world.time.set(61_000)
        #expect(try await scene.wanted().count == 1)
        #expect(try await scene.registry.wantedRows(of: "another", from: "a").isEmpty)
    }

    @Test func `a rollout without a shadow wants no rows, nor one that is over`() async throws {
        let plain = try await Scene(isOn: false)
        #expect(try await plain.registry.rolloutsInShadow().isEmpty)
        try await plain.registry.openShadow(ofRollout: plain.id, since: noon, by: .tester)
        #expect(try await plain.wanted().isEmpty)
        let rows = try await plain.set("2026-01-02T00:00:00Z")
        await #expect(throws: RegistryError.self) { try await plain.give(rows) }
        #expect(try await plain.evidence().isEmpty)
    }

    @Test func `an agent's newer rows take the place of its earlier ones, which go unless they are used`()
        async throws
    {
        let scene = try await Scene()
        try await scene.registry.openShadow(ofRollout: scene.id, since: noon, by: .tester)
        let (first, own) = (
            try await scene.set("2026-01-02T00:00:00Z"),
            try await scene.set("2026-01-03T00:00:00Z", source: ["agent": "by hand"])
        )
        try await scene.give(first)
        try await scene.give(first, from: "b")
        await #expect(throws: RegistryError.self) {
            try await scene.registry.deleteTrainingSet(first, of: "m", by: .tester)
        }
        try await scene.give(own)
        #expect(try await scene.isKept(first))
        try await scene.give(own, from: "b")
        #expect(try await !scene.isKept(first))
        let last = try await scene.set("2026-01-04T00:00:00Z")
        for agent in ["a", "b"] { try await scene.give(last, from: agent) }
        #expect(try await scene.isKept(own))
        let shadow = try #require(try await scene.registry.shadow(of: scene.record()))
        #expect(shadow.gifts.map(\.agent) == ["a", "b"] && shadow.gifts.allSatisfy { $0.set == last })
        await #expect(throws: RegistryError.self) { try await scene.give(String(repeating: "0", count: 64)) }
    }

    @Test func `what scoring has come to is the rules' evidence, and says what stands in the way`()
        async throws
    {
        let scene = try await Scene()
        try await scene.registry.openShadow(ofRollout: scene.id, since: noon, by: .tester)
        let rows = try await scene.set("2026-01-02T00:00:00Z", isRead: false)
        try await scene.give(rows)
        #expect(
            try await scene.evidence()
                == [
                    .init(differences: [], obstacle: "the rows that agents have brought are yet to be scored")
                ])
        try await scene.registry.keep(
            ShadowResult(reports: [report(0.25)]), of: "1 \(rows)", forRollout: scene.id, by: .tester)
        #expect(
            try await scene.evidence() == [.init(differences: [.init(start: noon, count: 3, sum: 0.25)])])
        #expect(try await scene.registry.shadow(of: scene.record())?.basis == "1 \(rows)")
        try await scene.registry.keep(
            ShadowResult(obstacle: "no luck", unscorable: [0: "it has no tongue"]), of: "x",
            forRollout: scene.id, by: .tester)
        #expect(try await scene.evidence() == [.init(differences: [], obstacle: "no luck")])
        #expect(
            try await scene.registry.briefing(ofRollout: scene.id, isKilled: false).world.unscorable == [0])
    }

    @Test func `a holdout's judgements are counted by its rows and by its time, each judge once`()
        async throws
    {
        let registry = try await ServingWorld(versions: 1).registry
        func use(_ judge: String, _ digest: String, _ days: ClosedRange<Int64>, candidates: Int = 1)
            -> HoldoutUse
        {
            HoldoutUse(
                model: "m", judge: judge, digest: digest,
                first: noon.advanced(by: days.lowerBound * Timestamp.day),
                last: noon.advanced(by: days.upperBound * Timestamp.day), candidates: candidates)
        }
        #expect(try await registry.reuse(of: use("one", "x", 0...5)) == .init(before: 0, overlapping: 0))
        for _ in 0..<3 { try await registry.note(use("one", "x", 0...5), by: .tester) }
        try await registry.note(use("two", "x", 0...5, candidates: 2), by: .tester)
        try await registry.note(use("three", "y", 5...9), by: .tester)
        try await registry.note(use("four", "z", 10...12), by: .tester)
        #expect(try await registry.reuse(of: use("five", "x", 0...5)) == .init(before: 3, overlapping: 1))
        #expect(try await registry.reuse(of: use("five", "w", 9...10)) == .init(before: 0, overlapping: 2))
        #expect(try await registry.holdoutReuse(byJudge: "two", of: "m") == .init(before: 1, overlapping: 0))
        #expect(
            try await registry.holdoutReuse(byJudge: "three", of: "m") == .init(before: 0, overlapping: 3))
        #expect(try await registry.holdoutReuse(byJudge: "nobody", of: "m") == nil)
        #expect(try await registry.holdoutReuse(byJudge: "two", of: "n") == nil)
        _ = try await registry.renameRegisteredModel("m", to: "n", by: .tester)
        #expect(try await registry.holdoutReuse(byJudge: "two", of: "n") == .init(before: 1, overlapping: 0))
        try await registry.deleteRegisteredModel("n", by: .tester)
        #expect(try await registry.holdoutReuse(byJudge: "two", of: "n") == nil)
    }
}
