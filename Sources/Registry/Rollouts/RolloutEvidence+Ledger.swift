import Drift
import GRDB
package import Rollouts

extension Registry {
    /// What agents have seen of a rollout, added up, and what scoring its candidates in the shadow has come to.
    package func evidence(of record: RolloutRecord) async throws -> RolloutEvidence {
        var evidence =
            record.ended == nil
            ? try await evidenceBoard.evidence(
                ofRollout: record.id, stages: record.state.stages.count
            ) { [self] in try await served(record) } : try await served(record)
        evidence.newest = record.heard.map { Timestamp(milliseconds: $0) }
        if record.policy.shadow.isOn {
            evidence.shadow = try await read { try $0.shadowEvidence(of: record) }
        }
        return evidence
    }

    private func served(_ record: RolloutRecord) async throws -> RolloutEvidence {
        try await read { database in
            RolloutEvidence(
                units: try database.units(of: record), clusters: try database.clusters(ofRollout: record.id),
                crossovers: try database.crossovers(ofRollout: record.id))
        }
    }
}

extension Database {
    fileprivate func units(of record: RolloutRecord) throws -> [[RolloutEvidence.ArmUnits]] {
        let arms = 1 + record.state.launch.candidates.count
        let none = [RolloutEvidence.ArmUnits](repeating: RolloutEvidence.ArmUnits(), count: arms)
        var units = record.state.stages.map { _ in none }
        try count("SELECT stage, arm, count(*) AS n, sum(labelled) AS labelled FROM rollout_unit", record) {
            row in
            units[row["stage"]][row["arm"]].seen = row["n"]
            units[row["stage"]][row["arm"]].labelled = row["labelled"]
        }
        for metric in RolloutMetric.allCases where metric.isEvent {
            let events = "SELECT stage, arm, count(*) AS n FROM rollout_event"
            try count(events, record, metric) { row in
                units[row["stage"]][row["arm"]].events[metric] = row["n"]
            }
        }
        let labels = "SELECT stage, arm, sum(count) AS n, sum(sum) AS positive FROM rollout_sum"
        try count(labels, record, .positive) { row in
            units[row["stage"]][row["arm"]].distinctLabels = outcomes(of: row["n"], positive: row["positive"])
        }
        return units
    }

    /// How many of the two outcomes so many labels have; `nil` where there are none.
    private func outcomes(of labels: Int, positive: Double) -> Int? {
        guard labels > 0 else { return nil }
        return positive == 0 || positive == Double(labels) ? 1 : 2
    }

    /// Of the stages that had begun when the record was read.
    private func count(
        _ selection: String, _ record: RolloutRecord, _ metric: RolloutMetric? = nil, _ note: (Row) -> Void
    ) throws {
        let condition = metric == nil ? "?2 IS NULL" : "metric = ?2"
        let rows = try Row.fetchCursor(
            cachedStatement(
                sql: "\(selection) WHERE rollout = ?1 AND \(condition) AND stage < ?3 GROUP BY stage, arm"),
            arguments: [record.id, metric?.rawValue, record.state.stages.count])
        while let row = try rows.next() { note(row) }
    }

    fileprivate func clusters(ofRollout id: String) throws -> [RolloutEvidence.Cluster] {
        let rows = try Row.fetchCursor(
            cachedStatement(
                sql: """
                    SELECT cluster, stage, arm, metric, sum(count) AS n, sum(sum) AS sum FROM rollout_sum
                    WHERE rollout = ? AND metric != 'positive' GROUP BY cluster, stage, arm, metric
                    ORDER BY cluster, stage, arm, metric
                    """), arguments: [id])
        var clusters: [RolloutEvidence.Cluster] = []
        while let row = try rows.next() {
            guard let metric = RolloutMetric(rawValue: row["metric"]) else { continue }
            let start = Timestamp(nanoseconds: row["cluster"])
            if clusters.last?.start != start { clusters.append(.init(start: start, sums: [])) }
            clusters[clusters.count - 1].sums.append(
                .init(stage: row["stage"], arm: row["arm"], metric: metric, count: row["n"], sum: row["sum"]))
        }
        return clusters
    }

    fileprivate func crossovers(ofRollout id: String) throws -> Int {
        try Int.fetchOne(
            cachedStatement(sql: "SELECT count(*) FROM rollout_unit WHERE rollout = ? AND crossed"),
            arguments: [id]) ?? 0
    }
}
