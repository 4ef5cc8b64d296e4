import Drift
import GRDB
package import Rollouts

extension Registry {
    /// Takes in what an agent saw of a rollout. The same report twice counts once.
    ///
    /// Not in the audit log, as every row of it says which agent it is from.
    ///
    /// - Throws: `RegistryError` of kind `conflict` when the rollout has ended, `invalid` when the report cannot be true.
    package func take(_ report: EvidenceReport, forRollout id: String, by actor: Actor) async throws {
        try Names.checkLength(report.agent, of: "agent", atMost: 250)
        defer { evidenceBoard.outdate(id) }
        try await change(by: actor, movesRoutes: false) { change in
            let ledger = try RolloutLedger(of: id, change)
            for sum in report.sums { try ledger.put(sum, of: report.agent) }
            for unit in report.units { try ledger.add(unit) }
        }
    }
}

/// Where the evidence of one rollout is added up.
private struct RolloutLedger {
    let rollout: String
    /// The control's and the candidates'.
    let arms: Int
    /// When each stage began, in nanoseconds.
    let stages: [Int64]
    let change: Change

    init(of id: String, _ change: Change) throws {
        let record = try RolloutRecord.withID(id, change.database)
        guard record.ended == nil else {
            throw RegistryError.conflict("Rollout \(id) has ended: \(record.state.name).")
        }
        (rollout, arms, self.change) = (id, 1 + record.state.launch.candidates.count, change)
        stages = record.state.stages.map(\.since.nanoseconds)
        try change.execute("UPDATE rollout SET heard = ? WHERE id = ?", [change.time, id])
    }

    // MARK: Sums

    func put(_ sum: EvidenceSum, of agent: String) throws {
        try check(arm: sum.arm)
        try Names.checkLength(sum.pane, of: "pane", atMost: 250)
        guard stages.indices.contains(sum.stage) else {
            throw RegistryError.invalid(
                "stage \(sum.stage) has not begun; the rollout has had \(stages.count).")
        }
        guard sum.count <= RolloutLedger.mostRows, sum.cell.isUsable else {
            throw RegistryError.invalid("\(sum.count) rows of sum \(sum.sum): no such sum.")
        }
        try change.execute(
            """
            INSERT INTO rollout_sum (rollout, metric, cluster, stage, arm, agent, pane, count, sum)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET count = excluded.count, sum = excluded.sum
            """,
            [
                rollout, sum.metric.rawValue, sum.cluster.nanoseconds, sum.stage, sum.arm, agent, sum.pane,
                sum.count, sum.sum,
            ])
    }

    /// Of rows that one agent can have seen in one arm and cluster; beyond it their sum might be no number.
    private static let mostRows = 1_000_000_000

    // MARK: Units

    /// The arm that served a unit first is its own; what happens to it in another is not evidence.
    func add(_ sighting: UnitSighting) throws {
        try check(arm: sighting.arm)
        let unit = try number(ofUnit: sighting.unit)
        guard let stage = stage(at: sighting.first.nanoseconds) else {
            throw RegistryError.invalid("unit \(sighting.unit) was seen before the rollout began.")
        }
        try settle(unit, sighting, stage: stage)
        let arm = try Int.fetchOne(
            change.database.cachedStatement(
                sql: "SELECT arm FROM rollout_unit WHERE rollout = ? AND unit = ?"),
            arguments: [rollout, unit])
        guard arm == sighting.arm else { return }
        for (event, time) in sighting.events { try add(event, to: unit, sighting.arm, time.nanoseconds) }
    }

    private func settle(_ unit: Int64, _ sighting: UnitSighting, stage: Int) throws {
        try change.execute(
            """
            INSERT INTO rollout_unit (rollout, unit, arm, first, stage, labelled)
            VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                crossed = max(crossed, arm != excluded.arm),
                labelled = CASE
                    WHEN arm = excluded.arm THEN max(labelled, excluded.labelled)
                    WHEN excluded.first < first THEN excluded.labelled ELSE labelled END,
                arm = iif(excluded.first < first, excluded.arm, arm),
                stage = iif(excluded.first < first, excluded.stage, stage),
                first = min(first, excluded.first)
            """,
            [rollout, unit, sighting.arm, sighting.first.nanoseconds, stage, sighting.isLabelled])
        // It may have turned out that another arm was first.
        try change.execute(
            """
            DELETE FROM rollout_event WHERE rollout = ?1 AND unit = ?2 AND metric IN (SELECT value FROM json_each(?3))
                AND arm != (SELECT arm FROM rollout_unit WHERE rollout = ?1 AND unit = ?2)
            """, [rollout, unit, RolloutLedger.eventNames])
    }

    private static let eventNames =
        "[" + RolloutMetric.allCases.filter(\.isEvent).map { "\"\($0.rawValue)\"" }.joined(separator: ",")
        + "]"

    private func add(_ event: RolloutMetric, to unit: Int64, _ arm: Int, _ time: Int64) throws {
        guard event.isEvent else {
            throw RegistryError.invalid("\(event.rawValue) is a figure of rows, which no unit has once.")
        }
        guard let stage = stage(at: time) else { return }
        try change.execute(
            """
            INSERT INTO rollout_event (rollout, metric, unit, arm, first, stage) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET
                stage = iif(excluded.first < first, excluded.stage, stage), first = min(first, excluded.first)
            """, [rollout, event.rawValue, unit, arm, time, stage])
    }

    // MARK: What may be said

    private func stage(at time: Int64) -> Int? { stages.lastIndex { $0 <= time } }

    private func check(arm: Int) throws {
        guard (0..<arms).contains(arm) else {
            throw RegistryError.invalid("arm \(arm): the rollout has 0, the control, to \(arms - 1).")
        }
    }

    private func number(ofUnit text: String) throws -> Int64 {
        guard text.utf8.count == 16, let number = UInt64(text, radix: 16) else {
            throw RegistryError.invalid("unit '\(text.prefix(40))' is not 16 hexadecimal digits.")
        }
        return Int64(bitPattern: number)
    }
}

extension EvidenceSum {
    fileprivate var cell: RolloutEvidence.ClusterSum {
        RolloutEvidence.ClusterSum(stage: stage, arm: arm, metric: metric, count: count, sum: sum)
    }
}
