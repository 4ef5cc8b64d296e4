import Drift
import Rollouts
import Testing

@testable import Agent

struct EvidenceTallyTests {
    private let comparison: RolloutRoute.Comparison
    private let control: [String]
    private let candidate: [String]

    init() throws {
        comparison = try .test(shares: [(0.1, 0.1), (0.3, 0.3)])
        (control, candidate) = (
            try comparison.units(.control, count: 3), try comparison.units(.candidate(0), count: 3)
        )
    }

    private func tally(_ comparison: RolloutRoute.Comparison? = nil) throws -> EvidenceTally {
        EvidenceTally(try RolloutArms(comparison ?? self.comparison), maximumFuture: 3_600_000_000_000)
    }

    @Test func `a unit is sighted once, at its first time, whatever the order of its rows`() throws {
        var tally = try tally()
        for time in [30.0, 10, 20] {
            tally.add(try answers([control[0]], version: "3", at: seconds(time)), schema: nil)
        }
        #expect(tally.take().sightings == [comparison.key(control[0], arm: 0): Sighting(first: seconds(10))])
        tally.add(try answers([control[0]], version: "3", at: seconds(40)), schema: nil)
        #expect(tally.take().isEmpty)
        #expect(tally.counts.compared == [0: 4])
    }

    @Test func `an event is told once, by its first time`() throws {
        var tally = try tally()
        for (time, error) in [(20.0, ServingError.timeout), (10, .timeout), (30, .exception)] {
            tally.add(try answers([candidate[0]], version: "4", at: seconds(time), error: error), schema: nil)
        }
        let slow = try answers([candidate[0]], version: "4", at: seconds(5), latency: 100.5)
        tally.add(slow, schema: nil)
        let expected = Sighting(
            first: seconds(5),
            events: [.timeout: seconds(10), .exception: seconds(30), .slow: seconds(5)])
        #expect(tally.take().sightings == [comparison.key(candidate[0], arm: 1): expected])
    }

    @Test func `an answer is slow beyond the limit, not at it, and never without one`() throws {
        for (limit, latency, isSlow) in [(100.0, 100.0, false), (100, 100.1, true), (nil, 1e9, false)] {
            let comparison = try RolloutRoute.Comparison.test(latencyLimit: limit)
            var tally = try tally(comparison)
            tally.add(try answers([control[0]], version: "3", at: launch, latency: latency), schema: nil)
            let sighting = tally.take().sightings[comparison.key(control[0], arm: 0)]
            #expect((sighting?.events[.slow] != nil) == isSlow)
        }
    }

    @Test func `only what the route asks for is told`() throws {
        let comparison = try RolloutRoute.Comparison.test(metrics: [.timeout, .latency])
        var tally = try tally(comparison)
        let failed = try answers(
            [control[0]], version: "3", at: launch, latency: 500, error: .exception, score: 0.5)
        tally.add(failed, schema: nil)
        let evidence = tally.take()
        #expect(evidence.sightings.values.map(\.events) == [[:]])
        #expect(evidence.sums.keys.map(\.metric) == [.latency])
    }

    @Test func `scores and latencies are summed by stage, arm and cluster`() throws {
        let comparison = try RolloutRoute.Comparison.test(
            shares: [(0.1, 0.1), (0.3, 0.3)], clusterSeconds: 300)
        var tally = try tally(comparison)
        for (time, score) in [(10.0, 0.25), (299, 0.5), (300, 1), (700, 0.125)] {
            let served = try answers(control, version: "3", at: seconds(time), latency: 8, score: score)
            tally.add(served, schema: nil)
        }
        func key(_ stage: Int, _ metric: RolloutMetric, _ cluster: Double) -> SumKey {
            SumKey(stage: stage, arm: 0, metric: metric, cluster: seconds(cluster))
        }
        #expect(
            tally.take().sums == [
                key(0, .score, 0): ValueSum(count: 6, sum: 2.25),
                key(0, .latency, 0): ValueSum(count: 6, sum: 48),
                key(0, .score, 300): ValueSum(count: 3, sum: 3),
                key(0, .latency, 300): ValueSum(count: 3, sum: 24),
                key(1, .score, 600): ValueSum(count: 3, sum: 0.375),
                key(1, .latency, 600): ValueSum(count: 3, sum: 24),
            ])
    }

    @Test func `a misassigned row is a sighting in the arm that served it, and nothing else`() throws {
        var tally = try tally()
        let served = try answers(
            [control[0]], version: "4", at: seconds(100), latency: 500, error: .timeout, score: 0.5)
        tally.add(served, schema: nil)
        let evidence = tally.take()
        #expect(evidence.sightings == [comparison.key(control[0], arm: 1): Sighting(first: seconds(100))])
        #expect(evidence.sums.isEmpty)
        #expect(tally.counts.misassigned == 1 && tally.counts.compared.isEmpty)
    }

    @Test func `rows of unknown version, of nobody, or of a wrong time are left out`() throws {
        var tally = try tally()
        tally.add(try answers([control[0]], version: nil, at: launch, score: 1), schema: nil)
        var nobody = RowBatch()
        (nobody.parts, nobody.count, nobody.modelVersion) = (.predictions, 2, "3")
        tally.add(try #require(ServedRows(nobody, arrival: launch)), schema: nil)
        tally.add(try answers([control[0]], version: "3", at: seconds(3601), score: 1), schema: nil)
        #expect(tally.take().isEmpty)
        #expect(tally.counts.unknownVersion == 1 && tally.counts.withoutUnit == 2)
    }

    @Test func `the request's id stands for a unit, and its request for what an answer does not say`() throws
    {
        var tally = try tally()
        tally.add(try answers([], version: "3", at: launch, ids: [control[0]]), schema: nil)
        tally.add(try requests(["q1"], units: [control[1]], at: seconds(7)), schema: nil)
        tally.add(
            try answers([], version: "3", at: nil, ids: ["q1"], arrival: seconds(90)), schema: nil)
        #expect(
            tally.take().sightings == [
                comparison.key(control[0], arm: 0): Sighting(first: launch),
                comparison.key(control[1], arm: 0): Sighting(first: seconds(7)),
            ])
    }

    @Test func `another stage goes on with what is known`() throws {
        let one = try RolloutRoute.Comparison.test()
        var tally = try tally(one)
        tally.add(try answers([control[0]], version: "3", at: seconds(1)), schema: nil)
        _ = tally.take()
        tally = tally.changed(to: try RolloutArms(comparison))
        tally.add(try answers([control[0]], version: "3", at: seconds(700)), schema: nil)
        #expect(tally.take().isEmpty)
        #expect(tally.counts.compared == [0: 2])
    }
}
