import Capture
import Drift
import Foundation
import Logging
import Rollouts
import Synchronization
import Testing

@testable import Agent

/// A registry that keeps evidence as it should: sums replace one another pane by pane, units are united.
private final class FakeRegistry: Sendable {
    struct Down: Error {}

    struct Contents {
        var route: RolloutRoute?
        var isDown = false
        var isOver = false
        var reports = 0
        var sums: [String: [EvidenceSum]] = [:]
        var units: [String: UnitSighting] = [:]
    }

    private let contents = Mutex(Contents())

    init(_ comparison: RolloutRoute.Comparison?) {
        contents.withLock { $0.route = RolloutRoute(model: "m", epoch: 1, champion: 3, rollout: comparison) }
    }

    func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

    var reports: Int { contents.withLock { $0.reports } }
    var units: [String: UnitSighting] { contents.withLock { $0.units } }
    /// Of all panes.
    var sums: [SumKey: ValueSum] {
        contents.withLock { contents in
            contents.sums.values.reduce(into: [:]) { total, sums in
                let newest = sums[sums.count - 1]
                let key = SumKey(
                    stage: newest.stage, arm: newest.arm, metric: newest.metric, cluster: newest.cluster)
                total[key, default: ValueSum()].count += newest.count
                total[key, default: ValueSum()].sum += newest.sum
            }
        }
    }

    var registry: EvidenceRegistry {
        EvidenceRegistry { _ in
            try self.contents.withLock { contents in
                if contents.isDown { throw Down() }
                return contents.route
            }
        } report: { report, rollout in
            try self.contents.withLock { contents in
                if contents.isDown { throw Down() }
                guard !contents.isOver else { return .unwanted }
                contents.take(report)
                return .taken
            }
        }
    }
}

extension FakeRegistry.Contents {
    mutating func take(_ report: EvidenceReport) {
        reports += 1
        for sum in report.sums {
            let key = "\(report.agent) \(sum.pane) \(sum.stage) \(sum.arm) \(sum.metric) \(sum.cluster)"
            sums[key, default: []].append(sum)
        }
        for unit in report.units {
            let key = "\(unit.unit) \(unit.arm)"
            var united = units[key] ?? unit
            united.first = min(united.first, unit.first)
            united.events.merge(unit.events, uniquingKeysWith: min)
            united.isLabelled = united.isLabelled || unit.isLabelled
            units[key] = united
        }
    }
}

struct EvidenceWatchTests {
    private let folder = NSTemporaryDirectory() + "watch-\(UUID().uuidString)"
    private let comparison: RolloutRoute.Comparison
    private let schema = ModelSchema(
        task: .binary, features: [], prediction: .init(tensor: "score", kind: .score),
        label: .init(tensor: "label", kind: "class"))

    init() throws { comparison = try .test(shares: [(0.1, 0.1), (0.3, 0.3)], clusterSeconds: 3600) }

    private func watch(_ registry: FakeRegistry) async throws -> EvidenceWatch {
        let watch = EvidenceWatch(
            model: "m", agent: "a", store: try AgentStore(folder: folder).evidence,
            registry: registry.registry,
            every: .seconds(1), maximumFuture: 3_600_000_000_000, logger: Logger(label: "test"))
        await watch.begin()
        await watch.adopt(schema)
        return watch
    }

    private func serve(
        _ units: [String], _ version: String, at time: Double, score: Double = 0.5, to watch: EvidenceWatch
    ) async throws {
        watch.outlet.send([try answers(units, version: version, at: seconds(time), score: score)])
        await watch.count()
    }

    // MARK: Units and sums

    @Test func `nothing is gathered while nothing is compared`() async throws {
        let registry = FakeRegistry(nil)
        let watch = try await watch(registry)
        await watch.follow()
        #expect(!watch.outlet.isOpen)
        #expect(await watch.status == nil)
        registry.change { $0.route?.rollout = comparison }
        await watch.follow()
        #expect(watch.outlet.isOpen)
        #expect(await watch.status?.rollout == "r1")
    }

    @Test func `a registry that is down, and a restart, lose and double nothing`() async throws {
        let registry = FakeRegistry(comparison)
        let units = try comparison.units(.control, count: 4)
        var watch = try await watch(registry)
        await watch.follow()
        try await serve(Array(units[..<2]), "3", at: 1, to: watch)
        await watch.deliver()
        registry.change { $0.isDown = true }
        try await serve(Array(units[1...]), "3", at: 2, to: watch)
        await watch.deliver()
        #expect(await watch.status?.problems.count == 1)

        watch = try await self.watch(registry)
        #expect(watch.outlet.isOpen, "the route that was known last goes on")
        try await serve([units[0], units[3]], "3", at: 3, to: watch)
        await watch.follow()
        await watch.deliver()
        registry.change { $0.isDown = false }
        await watch.follow()
        await watch.deliver()
        #expect(await watch.status?.problems == [])
        #expect(await watch.status?.pending == 0)

        let firsts = Dictionary(uniqueKeysWithValues: registry.units.values.map { ($0.unit, $0.first) })
        let hashes = units.map { UnitHash(of: $0, rollout: "r1").description }
        #expect(
            firsts == [
                hashes[0]: seconds(1), hashes[1]: seconds(1), hashes[2]: seconds(2), hashes[3]: seconds(2),
            ])
        let key = SumKey(stage: 0, arm: 0, metric: .score, cluster: launch)
        #expect(registry.sums[key] == ValueSum(count: 7, sum: 3.5))
        let reports = registry.reports
        await watch.deliver()
        #expect(registry.reports == reports, "what is acknowledged is not sent again")
    }

    @Test func `evidence of a rollout that is over goes, of one that only seems so waits`() async throws {
        let registry = FakeRegistry(comparison)
        let watch = try await watch(registry)
        await watch.follow()
        try await serve(try comparison.units(.control), "3", at: 1, to: watch)
        registry.change { $0.isOver = true }
        await watch.deliver()
        #expect(await watch.status?.pending == 2)
        registry.change { $0.route?.rollout = nil }
        await watch.deliver()
        #expect(await watch.status?.pending == 2)
        await watch.follow()
        await watch.deliver()
        #expect(await watch.status == nil)
    }

    // MARK: Losses

    private func store(_ rows: [(unit: String, version: String, time: Double, score: Double)]) async throws
        -> CaptureStore
    {
        let store = try CaptureStore(state: folder, model: "m", schema: schema, now: launch)
        for (index, row) in rows.enumerated() {
            var batch = try answers([row.unit], version: row.version, at: seconds(row.time), score: row.score)
                .rows
            batch.ids.append("q\(index)")
            _ = try await store.append(CaptureHandOver([CapturePart(batch, arrival: launch)]), now: launch)
        }
        return store
    }

    private func label(_ index: Int, _ value: Int64, in store: CaptureStore) async throws -> [LabelledRow] {
        var batch = RowBatch()
        (batch.parts, batch.count) = (.labels, 1)
        batch.ids.append("q\(index)")
        batch.columns = [Column(name: "label", part: .labels, datatype: .int64, values: .integer([value]))]
        return try await store.append(CaptureHandOver([CapturePart(batch, arrival: launch)]), now: launch)
    }

    private func briers(_ registry: FakeRegistry) -> [[Int]: ValueSum] {
        let briers = registry.sums.filter { $0.key.metric == .brier }
        return Dictionary(
            uniqueKeysWithValues: briers.map { key, value in
                (
                    [
                        key.stage, key.arm,
                        Int(key.cluster.nanoseconds - launch.nanoseconds) / 3_600_000_000_000,
                    ], value
                )
            })
    }

    @Test func `losses follow the labels, by stage, arm and cluster`() async throws {
        let registry = FakeRegistry(comparison)
        let control = try comparison.units(.control, count: 2)
        let candidate = try comparison.units(.candidate(0), count: 1)
        let captured = try await store([
            (control[0], "3", 10, 0.5), (control[1], "3", 700, 0.25), (candidate[0], "4", 20, 1),
            (candidate[0], "4", 3700, 0.5), (control[0], "4", 100, 0), (control[0], "3", -5, 0),
        ])
        let watch = try await watch(registry)
        await watch.follow()
        for index in 0..<3 { watch.note(try await label(index, 0, in: captured)) }
        await watch.measureOnce(captured.reader)
        await watch.deliver()
        #expect(
            briers(registry) == [
                [0, 0, 0]: ValueSum(count: 1, sum: 0.25), [1, 0, 0]: ValueSum(count: 1, sum: 0.0625),
                [0, 1, 0]: ValueSum(count: 1, sum: 1),
            ])
        #expect(registry.units.values.filter(\.isLabelled).count == 3)

        for index in 3..<6 { watch.note(try await label(index, 1, in: captured)) }
        await watch.measureOnce(captured.reader)
        await watch.deliver()
        #expect(briers(registry)[[1, 1, 1]] == ValueSum(count: 1, sum: 0.25))
        #expect(briers(registry).count == 4, "rows misassigned, and before the rollout, cost nothing")
    }

    @Test func `labels that came while nobody looked are found, and counted once`() async throws {
        let registry = FakeRegistry(comparison)
        let control = try comparison.units(.control, count: 2)
        let captured = try await store([(control[0], "3", 10, 0.5), (control[1], "3", 20, 0.5)])
        for index in 0..<2 { _ = try await label(index, 1, in: captured) }
        for _ in 0..<2 {
            let watch = try await watch(registry)
            await watch.follow()
            await watch.measureOnce(captured.reader)
            await watch.deliver()
            #expect(briers(registry) == [[0, 0, 0]: ValueSum(count: 2, sum: 0.5)])
            #expect(registry.units.values.map(\.isLabelled) == [true, true])
        }
    }

    @Test func `without captured rows, or a schema, losses are missing and status says so`() async throws {
        let registry = FakeRegistry(comparison)
        let watch = try await watch(registry)
        await watch.follow()
        await watch.measureOnce(nil)
        #expect(await watch.status?.problems.first?.hasPrefix("losses are not measured") == true)
    }
}
