package import Foundation
package import GRDB

/// Events that wait for their sinks, one queue a sink: tables of a database that may hold other things, so that what
/// happened and the events about it are one transaction.
///
/// An event stays until its sink has taken it, whatever becomes of the process; so each arrives at least once. Events of
/// one key arrive in order.
package struct Outbox: Sendable {
    private let database: any DatabaseWriter
    /// So many events wait for a sink at most. Where there is no room, resolutions go first, oldest before newer, and
    /// what goes is counted.
    package let capacity: Int

    /// - Parameter database: with the tables of ``createTables(in:)``.
    package init(_ database: any DatabaseWriter, capacity: Int = 10_000) {
        precondition(capacity >= 1, "an outbox holds events")
        (self.database, self.capacity) = (database, capacity)
    }

    package static func createTables(in database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE outbox (
                    row INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL,
                    is_resolution INTEGER NOT NULL, body BLOB NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                    added INTEGER NOT NULL DEFAULT (unixepoch()));
                CREATE INDEX outbox_turn ON outbox (sink, attempts, row);
                CREATE INDEX outbox_key ON outbox (sink, key, row);
                CREATE TABLE outbox_dropped (sink TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
                """)
    }

    // MARK: In

    package func append(_ events: [OutgoingEvent], for sinks: [String]) throws {
        try database.write { try append(events, for: sinks, in: $0) }
    }

    /// As part of a transaction under way.
    package func append(_ events: [OutgoingEvent], for sinks: [String], in database: Database) throws {
        guard !events.isEmpty else { return }
        for sink in sinks {
            for event in events { try add(event, for: sink, in: database) }
            try makeRoom(for: sink, in: database)
        }
    }

    private func add(_ event: OutgoingEvent, for sink: String, in database: Database) throws {
        try database.cachedStatement(
            sql: "INSERT INTO outbox (sink, id, key, is_resolution, body) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [sink, event.id, event.key, event.isResolution, event.body])
    }

    private func makeRoom(for sink: String, in database: Database) throws {
        let excess = try Outbox.count(for: sink, in: database) - capacity
        guard excess > 0 else { return }
        try database.execute(
            sql: """
                DELETE FROM outbox WHERE row IN (
                    SELECT row FROM outbox WHERE sink = ? ORDER BY is_resolution DESC, row LIMIT ?)
                """, arguments: [sink, excess])
        try database.execute(
            sql: """
                INSERT INTO outbox_dropped (sink, count) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET count = count + excluded.count
                """, arguments: [sink, excess])
    }

    // MARK: Out

    struct Waiting: Equatable, Sendable {
        var row: Int64
        var event: OutgoingEvent
        /// How often it was sent in vain.
        var attempts: Int
    }

    /// Of the oldest events of each key, that which was sent in vain least often: one that its sink cannot take holds
    /// up its own key alone.
    func next(for sink: String) throws -> Waiting? {
        try database.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT * FROM outbox AS event WHERE sink = ?1 AND NOT EXISTS (
                        SELECT 1 FROM outbox AS earlier
                        WHERE earlier.sink = ?1 AND earlier.key = event.key AND earlier.row < event.row)
                    ORDER BY attempts, row LIMIT 1
                    """, arguments: [sink]
            ).map(Waiting.init)
        }
    }

    /// It was taken, or never will be.
    func remove(_ waiting: Waiting) throws {
        try database.write {
            try $0.execute(sql: "DELETE FROM outbox WHERE row = ?", arguments: [waiting.row])
        }
    }

    func noteFailure(_ waiting: Waiting) throws {
        try database.write {
            try $0.execute(
                sql: "UPDATE outbox SET attempts = attempts + 1 WHERE row = ?", arguments: [waiting.row])
        }
    }

    // MARK: Figures

    package func count(for sink: String) throws -> Int {
        try database.read { try Outbox.count(for: sink, in: $0) }
    }

    private static func count(for sink: String, in database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM outbox WHERE sink = ?", arguments: [sink]) ?? 0
    }

    /// When the event that has waited longest was put in; `nil` where none waits.
    package func oldest(for sink: String) throws -> Date? {
        try database.read {
            try TimeInterval.fetchOne(
                $0, sql: "SELECT min(added) FROM outbox WHERE sink = ?", arguments: [sink])
        }.map(Date.init(timeIntervalSince1970:))
    }

    /// How many events there was no room for, ever.
    package func dropped(for sink: String) throws -> Int {
        try database.read {
            try Int.fetchOne($0, sql: "SELECT count FROM outbox_dropped WHERE sink = ?", arguments: [sink])
                ?? 0
        }
    }
}

extension Outbox.Waiting {
    fileprivate init(_ row: Row) {
        self.init(
            row: row["row"],
            event: OutgoingEvent(
                id: row["id"], key: row["key"], isResolution: row["is_resolution"], body: row["body"]),
            attempts: row["attempts"])
    }
}
