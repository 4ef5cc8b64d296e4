import Drift
import Foundation
import Rollouts
import Testing

@testable import Agent

struct EvidenceStoreTests {
    private let folder = NSTemporaryDirectory() + "evidence-\(UUID().uuidString)"

    private func open() throws -> EvidenceStore { try AgentStore(folder: folder).evidence }

    private func sighting(_ time: Double, _ events: [RolloutMetric: Double] = [:]) -> Sighting {
        Sighting(first: seconds(time), events: events.mapValues(seconds))
    }

    private let unit = ArmUnit(unit: UnitHash(bits: .max), arm: 1)

    private func key(_ metric: RolloutMetric = .logLoss, arm: Int = 0) -> SumKey {
        SumKey(stage: 0, arm: arm, metric: metric, cluster: launch)
    }

    @Test func `what waits survives a restart, united`() throws {
        _ = try open().add(
            Evidence(
                sightings: [unit: sighting(9, [.timeout: 9])], sums: [key(.score): ValueSum(count: 2, sum: 1)]
            ),
            of: "m", rollout: "r")
        let again = try open()
        _ = try again.add(
            Evidence(
                sightings: [unit: sighting(3, [.slow: 12, .timeout: 10])],
                sums: [key(.score): ValueSum(count: 1, sum: 0.25)]), of: "m", rollout: "r")
        let pending = try #require(try again.pending(of: "m"))
        #expect(pending.rollout == "r")
        #expect(pending.units.map(\.unit) == [unit])
        #expect(pending.units.map(\.sighting) == [sighting(3, [.timeout: 9, .slow: 12])])
        #expect(pending.sums.map(\.value) == [ValueSum(count: 3, sum: 1.25)])
        #expect(try again.pending(of: "other") == nil)
        #expect(try again.pendingCount(of: "m") == 2)
    }

    @Test func `what is acknowledged waits no more, what came since does`() throws {
        let store = try open()
        let other = ArmUnit(unit: UnitHash(bits: 7), arm: 0)
        let first = Evidence(
            sightings: [unit: sighting(9), other: sighting(1)],
            sums: [key(.score): ValueSum(count: 1, sum: 1)])
        _ = try store.add(first, of: "m", rollout: "r")
        let sent = try #require(try store.pending(of: "m"))
        let since = Evidence(
            sightings: [unit: sighting(10, [.timeout: 10])], sums: [key(.score): ValueSum(count: 1, sum: 2)])
        _ = try store.add(since, of: "m", rollout: "r")
        try store.acknowledge(sent, of: "m")
        let rest = try #require(try store.pending(of: "m"))
        #expect(rest.units.map(\.sighting) == [sighting(9, [.timeout: 10])])
        #expect(rest.sums.map(\.value) == [ValueSum(count: 2, sum: 3)])
        try store.acknowledge(rest, of: "m")
        #expect(try store.pending(of: "m") == nil)
        #expect(try store.pendingCount(of: "m") == 0)
    }

    @Test func `losses replace those before, and are told only when they changed`() throws {
        let store = try open()
        func replace(_ sums: [SumKey: ValueSum]) throws -> [ValueSum]? {
            try store.replaceLosses(sums, in: launch, of: "m", rollout: "r")
            let pending = try store.pending(of: "m")
            if let pending { try store.acknowledge(pending, of: "m") }
            return pending?.sums.map(\.value)
        }
        #expect(try replace([key(): ValueSum(count: 3, sum: 2)]) == [ValueSum(count: 3, sum: 2)])
        #expect(try replace([key(): ValueSum(count: 3, sum: 2)]) == nil)
        #expect(try replace([key(): ValueSum(count: 3, sum: 1)]) == [ValueSum(count: 3, sum: 1)])
        #expect(try replace([key(): ValueSum(count: 2, sum: 1)]) == nil)
        let moved = try #require(try replace([key(arm: 1): ValueSum(count: 4, sum: 1)]))
        #expect(Set(moved.map(\.count)) == [0, 4])
    }

    @Test func `scores of a cluster do not count as losses`() throws {
        let store = try open()
        let scores = Evidence(sums: [key(.score): ValueSum(count: 99, sum: 9)])
        _ = try store.add(scores, of: "m", rollout: "r")
        try store.replaceLosses([key(): ValueSum(count: 1, sum: 2)], in: launch, of: "m", rollout: "r")
        #expect(try store.pending(of: "m")?.sums.map(\.value.count).sorted() == [1, 99])
    }

    @Test func `the pane is the store's own`() throws {
        _ = try open().add(Evidence(sightings: [unit: sighting(1)]), of: "m", rollout: "r")
        let pane = try #require(try open().pending(of: "m")?.pane)
        #expect(try open().pending(of: "m")?.pane == pane)
        let other = try AgentStore(folder: folder + "-other").evidence
        _ = try other.add(Evidence(sightings: [unit: sighting(1)]), of: "m", rollout: "r")
        #expect(try other.pending(of: "m")?.pane != pane)
    }

    @Test func `units that there is no room for are told`() throws {
        let agent = try AgentStore(folder: folder)
        var small = agent.evidence
        small.capacity = 3
        func units(_ bits: ClosedRange<UInt64>) -> Evidence {
            let keys = bits.map { ArmUnit(unit: UnitHash(bits: $0), arm: 0) }
            return Evidence(sightings: Dictionary(uniqueKeysWithValues: keys.map { ($0, sighting(1)) }))
        }
        #expect(try small.add(units(1...2), of: "m", rollout: "r") == 0)
        #expect(try small.add(units(3...5), of: "m", rollout: "r") == 2)
        #expect(try small.pendingCount(of: "m") == 3)
    }

    @Test func `a large backlog comes in reports of bounded length`() throws {
        let store = try open()
        let units = (1...1200).map { ArmUnit(unit: UnitHash(bits: $0), arm: 0) }
        let all = Evidence(sightings: Dictionary(uniqueKeysWithValues: units.map { ($0, sighting(1)) }))
        _ = try store.add(all, of: "m", rollout: "r")
        var lengths: [Int] = []
        while let pending = try store.pending(of: "m") {
            lengths.append(pending.units.count)
            try store.acknowledge(pending, of: "m")
        }
        #expect(lengths == [500, 500, 200])
    }

    @Test func `a route is kept, and the last rollout's sums go when another begins`() throws {
        let store = try open()
        #expect(try store.route(of: "m") == nil)
        var route = RolloutRoute(model: "m", epoch: 1, champion: 3, rollout: try .test(id: "r1"))
        try store.save(route, of: "m")
        #expect(try open().route(of: "m") == route)
        let evidence = Evidence(sums: [key(.score): ValueSum(count: 1, sum: 1)])
        _ = try store.add(evidence, of: "m", rollout: "r1")
        route.rollout = nil
        try store.save(route, of: "m")
        let pending = try #require(try store.pending(of: "m"))
        try store.acknowledge(pending, of: "m")
        route.rollout = try .test(id: "r2")
        try store.save(route, of: "m")
        // The same sum begins anew.
        _ = try store.add(evidence, of: "m", rollout: "r1")
        #expect(try store.pending(of: "m")?.sums.map(\.value.count) == [1])
        try store.forget("r1", of: "m")
        #expect(try store.pending(of: "m") == nil)
        try store.save(nil, of: "m")
        #expect(try store.route(of: "m") == nil)
    }
}
