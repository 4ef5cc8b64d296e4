import Drift
import Foundation
import GRDB

extension AgentStore {
    /// The newest windows as the stored reports have them. Each is read by itself: all of them can be a lot.
    func timeline(of model: String, _ effects: EffectSizes) throws -> DriftTimeline {
        var timeline = DriftTimeline(effects: effects)
        for row in try newestReports(of: model) {
            if let report = try report(inRow: row) { timeline.append(report) }
        }
        return timeline
    }

    /// Rows, the oldest first.
    private func newestReports(of model: String) throws -> [Int64] {
        try database.read { database in
            try Int64.fetchAll(
                database,
                sql: "SELECT row FROM report WHERE model = ? ORDER BY window_end DESC, row DESC LIMIT ?",
                arguments: [model, DriftTimeline.capacity])
        }.reversed()
    }

    private func report(inRow row: Int64) throws -> DriftReport? {
        try database.read { database in
            try Data.fetchOne(database, sql: "SELECT body FROM report WHERE row = ?", arguments: [row])
        }.map { try JSONDecoder().decode(DriftReport.self, from: $0) }
    }

    /// The report of the window that ended then.
    func report(of model: String, endingAt end: Timestamp) throws -> DriftReport? {
        let row = try database.read { database in
            try Int64.fetchOne(
                database,
                sql: "SELECT row FROM report WHERE model = ? AND window_end = ? ORDER BY row DESC LIMIT 1",
                arguments: [model, end.nanoseconds])
        }
        return try row.flatMap { try report(inRow: $0) }
    }
}
