import Daemon
import Drift
import EventDelivery
import Foundation
import GRDB
import Retraining

/// What the agent keeps on disk: checkpoints of open windows and alerts, reports of closed ones, and events
/// that a sink has not taken yet. One SQLite database in WAL mode, written by one writer.
final class AgentStore: Sendable {
    /// Everything a model's watch needs to go on after a restart.
    struct Checkpoint: Sendable {
        /// `nil` where it is as it was saved last.
        var open: PaneCheckpoint?
        var held: [Pane]
        var monitor: MonitorCheckpoint
        var performance: PerformanceCheckpoint?
        var proposer: RetrainProposer?
    }

    /// Reports kept for each model; older ones go.
    static let reportsKept = 1000

    private let lock: FolderLock
    let database: DatabasePool
    /// Alerts and how they went.
    let alerts: AlertLedger
    /// Events that a sink has not taken yet.
    let outbox: Outbox
    /// What the registry has yet to be told of rollouts.
    let evidence: EvidenceStore

    /// - Throws: `StoreError` when the folder cannot be written or the store is of a newer version.
    init(folder: String) throws(StoreError) {
        let path = folder + "/agent.sqlite"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            guard let lock = FolderLock(folder) else { throw StoreError.inUse(folder) }
            self.lock = lock
            database = try DatabasePool(path: path)
            guard try !database.read(AgentStore.migrations.hasBeenSuperseded) else {
                throw StoreError.newer(path)
            }
            try AgentStore.migrations.migrate(database)
            alerts = AlertLedger(database)
            outbox = Outbox(database)
            evidence = EvidenceStore(database)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError.unusable(path, "\(error)")
        }
    }

    private static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE checkpoint (
                        model TEXT PRIMARY KEY, open BLOB, monitor BLOB NOT NULL, performance BLOB, proposer BLOB);
                    CREATE TABLE champion (
                        model TEXT PRIMARY KEY, version INTEGER NOT NULL, reference BLOB NOT NULL);
                    CREATE TABLE held_pane (
                        model TEXT NOT NULL, pane INTEGER NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY (model, pane));
                    CREATE TABLE report (
                        row INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, pane INTEGER NOT NULL,
                        window_end INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (model, pane, window_end));
                    CREATE INDEX report_model ON report (model, window_end, row);
                    CREATE TABLE performance (
                        row INTEGER PRIMARY KEY AUTOINCREMENT, model TEXT NOT NULL, version TEXT NOT NULL,
                        window_end INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (model, version, window_end));
                    CREATE INDEX performance_model ON performance (model, window_end, row);
                    """)
            try Outbox.createTables(in: database)
            try EvidenceStore.createTables(in: database)
        }
        migrator.registerMigration("alerts") { try AlertLedger.createTables(in: $0) }
        return migrator
    }
}

enum StoreError: Error, CustomStringConvertible {
    case inUse(String)
    case newer(String)
    case unusable(String, String)

    var description: String {
        switch self {
        case .inUse(let folder): "state folder \(folder) is in use by another agent; give each agent its own"
        case .newer(let path): "\(path) was written by a newer leeway; use that one, or another state folder"
        case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
        }
    }
}

// MARK: - Windows

extension AgentStore {
    /// What a batch of closed panes brought about: all of it is kept, or none.
    struct Outcome {
        var reports: [(pane: Int64, report: DriftReport)] = []
        var performance: [PerformanceReport] = []
        var events: [DriftEvent] = []
        /// What was seen of alerts that went on firing.
        var sightings: [AlertSighting] = []
        /// What those propose.
        var proposals: [RetrainRequested] = []
        /// The panes that closed.
        var panes: [Pane] = []
        /// What was open just after; `nil` where it is as it was.
        var open: PaneCheckpoint?
        /// The champion by whose reference was judged from then on; `nil` where it is as it was.
        var champion: Champion?

        /// While nothing can be saved, only so much is held for later: the newest.
        static let capacity = 1000

        mutating func append(_ other: Outcome) {
            reports = (reports + other.reports).suffix(Outcome.capacity)
            performance = (performance + other.performance).suffix(Outcome.capacity)
            events = (events + other.events).suffix(Outcome.capacity)
            sightings = (sightings + other.sightings).suffix(Outcome.capacity)
            proposals = (proposals + other.proposals).suffix(Outcome.capacity)
            panes = (panes + other.panes).suffix(Outcome.capacity)
            open = other.open ?? open
            champion = other.champion ?? champion
        }
    }

    /// - Returns: what is new of alerts.
    func commit(
        _ outcome: Outcome, _ checkpoint: Checkpoint, of model: String, sinks: [EventSink]
    ) throws -> [AlertNews] {
        try database.write { database in
            try AgentStore.save(checkpoint, of: model, database)
            if let champion = outcome.champion { try AgentStore.save(champion, of: model, database) }
            try AgentStore.hold(checkpoint.held, newly: outcome.panes, of: model, database)
            for (pane, report) in outcome.reports { try AgentStore.save(report, closing: pane, database) }
            for report in outcome.performance { try AgentStore.save(report, database) }
            try outbox.append(
                outcome.events.map { try OutgoingEvent($0) }, for: sinks.queues(of: .drift), in: database)
            try outbox.append(
                outcome.proposals.map { try OutgoingEvent($0) }, for: sinks.queues(of: .retrain), in: database
            )
            if !outcome.reports.isEmpty { try AgentStore.trim("report", of: model, database) }
            if !outcome.performance.isEmpty { try AgentStore.trim("performance", of: model, database) }
            return try alerts.take(outcome, in: database)
        }
    }

    private static func save(_ checkpoint: Checkpoint, of model: String, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO checkpoint (model, open, monitor, performance, proposer) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (model) DO UPDATE SET open = coalesce(excluded.open, open),
                    monitor = excluded.monitor, performance = excluded.performance, proposer = excluded.proposer
                """,
            arguments: [
                model, try checkpoint.open.map { try JSONEncoder().encode($0) },
                try JSONEncoder().encode(checkpoint.monitor),
                try checkpoint.performance.map { try JSONEncoder().encode($0) },
                try checkpoint.proposer.map { try JSONEncoder().encode($0) },
            ])
    }

    private static func save(_ champion: Champion, of model: String, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO champion (model, version, reference) VALUES (?, ?, ?)",
            arguments: [model, champion.version, champion.json])
    }

    /// The champion by whose reference the model was judged last.
    func champion(of model: String) throws -> Champion? {
        try database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT version, reference FROM champion WHERE model = ?", arguments: [model])
        }.map { try Champion(version: $0["version"], json: $0["reference"]) }
    }

    /// A pane is written once, when it has closed, and goes when no window needs it any more.
    private static func hold(
        _ held: [Pane], newly closed: [Pane], of model: String, _ database: Database
    ) throws {
        let range = held.first.flatMap { first in held.last.map { first.index...$0.index } }
        for pane in closed where range?.contains(pane.index) == true {
            try database.execute(
                sql: "INSERT OR REPLACE INTO held_pane (model, pane, body) VALUES (?, ?, ?)",
                arguments: [model, pane.index, try JSONEncoder().encode(pane)])
        }
        try database.execute(
            sql: "DELETE FROM held_pane WHERE model = ? AND NOT (pane BETWEEN ? AND ?)",
            arguments: [model, range?.lowerBound ?? 0, range?.upperBound ?? -1])
    }

    /// A window that is judged again, after a crash or in a second replay, replaces its report.
    private static func save(_ report: DriftReport, closing pane: Int64, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO report (model, pane, window_end, body) VALUES (?, ?, ?, ?)",
            arguments: [
                report.model, pane, report.window.end.nanoseconds,
                try JSONEncoder().encode(report),
            ])
    }

    private static func save(_ report: PerformanceReport, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO performance (model, version, window_end, body) VALUES (?, ?, ?, ?)",
            arguments: [
                report.model, report.version, report.window.end.nanoseconds, try JSONEncoder().encode(report),
            ])
    }

    private static func trim(_ table: String, of model: String, _ database: Database) throws {
        try database.execute(
            sql: """
                DELETE FROM \(table) WHERE model = ?1 AND row NOT IN (
                    SELECT row FROM \(table) WHERE model = ?1
                    ORDER BY window_end DESC, row DESC LIMIT ?2)
                """, arguments: [model, reportsKept])
    }

    func checkpoint(of model: String) throws -> Checkpoint? {
        try database.read { database in
            guard
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT open, monitor, performance, proposer FROM checkpoint WHERE model = ?",
                    arguments: [model])
            else { return nil }
            let (open, performance): (Data?, Data?) = (row["open"], row["performance"])
            let proposer: Data? = row["proposer"]
            let held = try Data.fetchAll(
                database, sql: "SELECT body FROM held_pane WHERE model = ? ORDER BY pane", arguments: [model])
            return Checkpoint(
                open: try open.map { try JSONDecoder().decode(PaneCheckpoint.self, from: $0) },
                held: try held.map { try JSONDecoder().decode(Pane.self, from: $0) },
                monitor: try JSONDecoder().decode(MonitorCheckpoint.self, from: row["monitor"]),
                performance: try performance.map {
                    try JSONDecoder().decode(PerformanceCheckpoint.self, from: $0)
                }, proposer: try proposer.map { try JSONDecoder().decode(RetrainProposer.self, from: $0) })
        }
    }

    /// Newest first.
    func reports(of model: String, limit: Int) throws -> [DriftReport] {
        try newest(limit, in: "report", of: model)
    }

    /// Newest first.
    func performance(of model: String, limit: Int) throws -> [PerformanceReport] {
        try newest(limit, in: "performance", of: model)
    }

    private func newest<Report: Decodable>(_ limit: Int, in table: String, of model: String) throws
        -> [Report]
    {
        try database.read { database in
            try Data.fetchAll(
                database,
                sql: "SELECT body FROM \(table) WHERE model = ? ORDER BY window_end DESC, row DESC LIMIT ?",
                arguments: [model, limit]
            ).map { try JSONDecoder().decode(Report.self, from: $0) }
        }
    }
}
