import Drift
import EventDelivery
import Foundation
import GRDB
import Retraining

/// All alerts, newest and older, with how each of them went: tables of the agent's database, written in the transaction
/// that tells of the verdict.
struct AlertLedger: Sendable {
    private let database: any DatabaseWriter
    /// So many alerts are kept, the newest, beside those that fire.
    let capacity: Int

    /// A story keeps its first windows and its newest.
    static let firstWindows = AlertStory.firstWindows
    static let newestWindows = 200

    /// - Parameter database: with the tables of ``createTables(in:)``.
    init(_ database: any DatabaseWriter, capacity: Int = 100_000) {
        precondition(capacity >= 1, "a ledger holds alerts")
        (self.database, self.capacity) = (database, capacity)
    }

    static func createTables(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE alert (
                    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
                    model TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, severity TEXT NOT NULL,
                    omitted INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL);
                CREATE INDEX alert_fingerprint ON alert (fingerprint, row);
                CREATE INDEX alert_model ON alert (model, row);
                CREATE INDEX alert_kind ON alert (kind, row);
                CREATE INDEX alert_state ON alert (state, row);
                CREATE INDEX alert_severity ON alert (severity, row);
                CREATE TABLE alert_step (
                    row INTEGER PRIMARY KEY AUTOINCREMENT,
                    alert INTEGER NOT NULL REFERENCES alert (row) ON DELETE CASCADE,
                    event TEXT, is_window INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (alert, event));
                CREATE INDEX alert_step_turn ON alert_step (alert, is_window, row);
                CREATE TABLE alert_request (
                    request TEXT NOT NULL, alert INTEGER NOT NULL REFERENCES alert (row) ON DELETE CASCADE,
                    PRIMARY KEY (request, alert)) WITHOUT ROWID;
                CREATE INDEX alert_request_alert ON alert_request (alert);
                """)
    }

    fileprivate struct Entry {
        var row: Int64
        var record: AlertRecord
    }
}

// MARK: - In

extension AlertLedger {
    /// Takes in what closed windows brought about, as part of a transaction under way.
    ///
    /// - Returns: what is new, alert by alert.
    func take(_ outcome: AgentStore.Outcome, in database: Database) throws -> [AlertNews] {
        var news = try outcome.events.compactMap { try take($0, in: database) }
        news += try outcome.sightings.compactMap { try take($0, in: database) }
        news += try outcome.proposals.flatMap { try take($0, in: database) }
        return news
    }

    /// An event that is known already, of a window that is judged again, is passed over.
    private func take(_ event: DriftEvent, in database: Database) throws -> AlertNews? {
        let known = try AlertLedger.entry("id", event.data.alertID, database)
        let step = AlertStep(event, before: known?.record.state)
        guard var entry = known else {
            let entry = try add(AlertRecord(event), database)
            return try note(step, in: entry, database)
        }
        guard try !AlertLedger.isKnown(event, entry.row, database) else { return nil }
        entry.record.take(event)
        return try note(step, in: entry, database)
    }

    private func take(_ sighting: AlertSighting, in database: Database) throws -> AlertNews? {
        guard var entry = try AlertLedger.entry("id", sighting.id, database) else { return nil }
        entry.record.take(sighting)
        let news = try note(AlertStep(sighting), in: entry, database)
        try omitWindows(of: entry, database)
        return news
    }

    /// A request is told to those alerts that it is for, once.
    private func take(_ event: RetrainRequested, in database: Database) throws -> [AlertNews] {
        let request = event.data
        let causes = request.evidence.filter { $0.isFiring && $0.kind != "quality" }.map(\.fingerprint)
        return try Set(causes).sorted().compactMap { fingerprint in
            guard var entry = try AlertLedger.entry("fingerprint", fingerprint, database) else { return nil }
            try database.execute(
                sql: "INSERT OR IGNORE INTO alert_request (request, alert) VALUES (?, ?)",
                arguments: [request.id, entry.row])
            guard database.changesCount > 0 else { return nil }
            entry.record.request = ProposalStatus(request: request.id, state: "proposed", reason: "")
            let step = AlertStep.proposal(of: request.id, reason: request.cause.reason, at: event.time)
            return try note(step, in: entry, database)
        }
    }

    /// Takes in what the registry made of a request; what it has said before is passed over.
    func take(_ outcome: RegistrySender.Outcome, at time: Timestamp) throws -> [AlertNews] {
        try database.write { database in
            guard let status = try AlertLedger.status(outcome, database) else { return [] }
            let entries = try AlertLedger.entries(
                "row IN (SELECT alert FROM alert_request WHERE request = ?)", [status.request], database)
            return try entries.filter { $0.record.request != status }.map { entry in
                var entry = entry
                entry.record.request = status
                return try note(.answer(status, at: time), in: entry, database)
            }
        }
    }

    /// One that the registry cannot take has no id in its answer: it is the newest that is not answered.
    private static func status(
        _ outcome: RegistrySender.Outcome, _ database: Database
    ) throws -> ProposalStatus? {
        switch outcome {
        case .decided(let decision):
            return ProposalStatus(request: decision.id, state: decision.state, reason: decision.reason)
        case .refused(let model, let reason):
            let newest = try entries("model = ? ORDER BY row DESC LIMIT 20", [model], database)
            return newest.lazy.compactMap(\.record.request).first { $0.state == "proposed" }.map {
                ProposalStatus(request: $0.request, state: "given_up", reason: reason)
            }
        }
    }

    // MARK: Rows

    private func add(_ record: AlertRecord, _ database: Database) throws -> Entry {
        try database.execute(
            sql: """
                INSERT INTO alert (id, fingerprint, model, kind, state, severity, body)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                record.id, record.fingerprint, record.model, record.kind, record.state.rawValue,
                record.severity.rawValue, try JSONEncoder().encode(record),
            ])
        let row = database.lastInsertedRowID
        try database.execute(
            sql: "DELETE FROM alert WHERE row <= ? AND state <> 'firing'", arguments: [row - Int64(capacity)])
        return Entry(row: row, record: record)
    }

    /// Writes a step, and the alert as it is after it.
    private func note(_ step: AlertStep, in entry: Entry, _ database: Database) throws -> AlertNews {
        try database.cachedStatement(
            sql: "INSERT INTO alert_step (alert, event, is_window, body) VALUES (?, ?, ?, ?)"
        ).execute(arguments: [entry.row, step.event, step.step == .window, try JSONEncoder().encode(step)])
        try database.cachedStatement(
            sql: "UPDATE alert SET state = ?, severity = ?, body = ? WHERE row = ?"
        ).execute(arguments: [
            entry.record.state.rawValue, entry.record.severity.rawValue,
            try JSONEncoder().encode(entry.record), entry.row,
        ])
        return AlertNews(alert: entry.record, step: step)
    }

    private func omitWindows(of entry: Entry, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                DELETE FROM alert_step WHERE alert = ?1 AND is_window = 1
                    AND row > (SELECT row FROM alert_step WHERE alert = ?1 AND is_window = 1
                               ORDER BY row LIMIT 1 OFFSET ?2)
                    AND row < (SELECT row FROM alert_step WHERE alert = ?1 AND is_window = 1
                               ORDER BY row DESC LIMIT 1 OFFSET ?3)
                """
        ).execute(arguments: [
            entry.row, AlertLedger.firstWindows - 1, AlertLedger.newestWindows - 1,
        ])
        guard database.changesCount > 0 else { return }
        try database.execute(
            sql: "UPDATE alert SET omitted = omitted + ? WHERE row = ?",
            arguments: [database.changesCount, entry.row])
    }

    private static func isKnown(_ event: DriftEvent, _ alert: Int64, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database, sql: "SELECT EXISTS (SELECT 1 FROM alert_step WHERE alert = ? AND event = ?)",
            arguments: [alert, event.id]) ?? false
    }

    /// The newest alert with such a value.
    private static func entry(_ column: String, _ value: String, _ database: Database) throws -> Entry? {
        try entries("\(column) = ? ORDER BY row DESC LIMIT 1", [value], database).first
    }

    private static func entries(
        _ condition: String, _ arguments: StatementArguments, _ database: Database
    ) throws -> [Entry] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT row, body FROM alert WHERE \(condition)"),
            arguments: arguments
        ).map(Entry.init)
    }
}

extension AlertLedger.Entry {
    fileprivate init(_ row: Row) throws {
        self.init(row: row["row"], record: try JSONDecoder().decode(AlertRecord.self, from: row["body"]))
    }
}

// MARK: - Out

extension AlertLedger {
    func page(_ query: AlertQuery) throws -> AlertPage {
        try database.read { database in
            let rows = try SQLRequest<Row>(literal: query.sql).fetchAll(database)
            let entries = try rows.prefix(query.limit).map(Entry.init)
            return AlertPage(
                alerts: entries.map(\.record), next: rows.count > query.limit ? entries.last?.row : nil,
                firing: try AlertLedger.firing(database))
        }
    }

    private static func firing(_ database: Database) throws -> [DriftEvent.Severity: Int] {
        let rows = try Row.fetchAll(
            database,
            sql: "SELECT severity, count(*) AS count FROM alert WHERE state = 'firing' GROUP BY severity")
        let counts = rows.compactMap { row in
            DriftEvent.Severity(rawValue: row["severity"]).map { ($0, row["count"] as Int) }
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }

    /// - Parameter id: an alert's, or a fingerprint, which stands for its newest alert.
    func story(of id: String) throws -> AlertStory? {
        try database.read { database in
            let column = id.utf8.count == 16 ? "fingerprint" : "id"
            guard let entry = try AlertLedger.entry(column, id, database) else { return nil }
            let steps = try Data.fetchAll(
                database, sql: "SELECT body FROM alert_step WHERE alert = ? ORDER BY row",
                arguments: [entry.row])
            let omitted = try Int.fetchOne(
                database, sql: "SELECT omitted FROM alert WHERE row = ?", arguments: [entry.row])
            return AlertStory(
                alert: entry.record,
                steps: try steps.map { try JSONDecoder().decode(AlertStep.self, from: $0) },
                omitted: omitted ?? 0)
        }
    }
}

extension AlertQuery {
    fileprivate var sql: SQL {
        let wanted: [(column: String, value: String?)] = [
            ("model", model), ("kind", kind), ("state", state?.rawValue), ("severity", severity?.rawValue),
        ]
        var conditions = [SQL(sql: "row < ?", arguments: [before ?? .max])]
        for case (let column, let value?) in wanted {
            conditions.append(SQL(sql: "\(column) = ?", arguments: [value]))
        }
        return
            "SELECT row, body FROM alert WHERE \(conditions.joined(separator: " AND ")) ORDER BY row DESC LIMIT \(limit + 1)"
    }
}
