import Drift
import Foundation
import Rollouts

@testable import Agent

let launch = Timestamp(rfc3339: "2025-03-01T00:00:00Z")!

func seconds(_ count: Double) -> Timestamp { launch.advanced(by: Int64(count * 1e9)) }

extension RolloutRoute.Comparison {
    /// Version 3 against version 4, in stages that begin with the launch and ten minutes after one another.
    static func test(
        id: String = "r1", shares: [(control: Double, candidate: Double)] = [(0.1, 0.1)],
        metrics: [RolloutMetric] = RolloutMetric.allCases, clusterSeconds: Int64 = 86_400,
        latencyLimit: Double? = 100
    ) throws -> RolloutRoute.Comparison {
        let stages = try shares.enumerated().map { index, share in
            RolloutRoute.Stage(
                since: seconds(600 * Double(index)),
                shares: try Shares(control: share.control, candidates: [share.candidate]), champion: 3)
        }
        return RolloutRoute.Comparison(
            id: id, seed: "seed", control: 3, candidates: [4],
            lanes: try Shares(control: 0.5, candidates: [0.5]), stages: stages,
            clusterSeconds: clusterSeconds, metrics: metrics, latencyLimit: latencyLimit)
    }

    /// So many units that a stage assigns to an arm.
    func units(_ arm: Assignment.Arm, inStage stage: Int = 0, count: Int = 1) throws -> [String] {
        let assignment = try assignment(inStage: stage)
        return Array(
            (0..<100_000).lazy.map { "u\($0)" }.filter { assignment.arm(of: $0) == arm }.prefix(count))
    }

    func key(_ unit: String, arm: Int) -> ArmUnit {
        ArmUnit(unit: UnitHash(of: unit, rollout: id), arm: arm)
    }
}

/// Rows that were answered, one a unit, alike but for that.
func answers(
    _ units: [String], version: String?, at time: Timestamp?, latency: Double? = nil,
    error: ServingError? = nil,
    score: Double? = nil, ids: [String] = [], arrival: Timestamp = launch
) throws -> ServedRows {
    var batch = RowBatch()
    batch.count = max(units.count, ids.count)
    for unit in units { batch.units.append(unit) }
    for id in ids { batch.ids.append(id) }
    (batch.modelVersion, batch.parts) = (version, error != nil && score == nil ? [] : .predictions)
    if let time { batch.times = [time] }
    if let latency { batch.latencies = [latency] }
    if let error { batch.errors = [error] }
    if let score {
        let scores = Array(repeating: score, count: batch.count)
        batch.columns = [Column(name: "score", part: .predictions, datatype: .fp64, values: .real(scores))]
    }
    guard let served = ServedRows(batch, arrival: arrival) else { throw CocoaError(.featureUnsupported) }
    return served
}

/// Requests with inputs, whose answers come later.
func requests(_ ids: [String], units: [String], at time: Timestamp) throws -> ServedRows {
    var batch = RowBatch()
    (batch.count, batch.parts, batch.times) = (ids.count, .features, [time])
    for id in ids { batch.ids.append(id) }
    for unit in units { batch.units.append(unit) }
    guard let served = ServedRows(batch, arrival: launch) else { throw CocoaError(.featureUnsupported) }
    return served
}
