import Drift
import Foundation
import GRDB
import Rollouts

/// What the registry has yet to be told of rollouts, on disk: what it has not acknowledged survives the end of the process
/// and a registry that is down, and telling it twice changes nothing.
///
/// A unit's sighting goes once it is acknowledged. Sums stay, as each report replaces the last; they are named by this
/// store, which no other store's replace.
struct EvidenceStore: Sendable {
    private let database: any DatabaseWriter
    /// So many units of a model wait at most; for those beyond there is no room.
    var capacity: Int

    /// - Parameter database: with the tables of ``createTables(in:)``.
    init(_ database: any DatabaseWriter, capacity: Int = 500_000) {
        (self.database, self.capacity) = (database, capacity)
    }

    static func createTables(in database: Database) throws {
        let events = EvidenceStore.events.map { "\($0) INTEGER" }.joined(separator: ", ")
        try database.execute(
            sql: """
                CREATE TABLE rollout_route (model TEXT PRIMARY KEY, body BLOB NOT NULL);
                -- `revision` grows with each change, so that one that comes while a report is under way stays.
                CREATE TABLE rollout_unit (
                    model TEXT NOT NULL, rollout TEXT NOT NULL, unit INTEGER NOT NULL, arm INTEGER NOT NULL,
                    first INTEGER NOT NULL, \(events), labelled INTEGER NOT NULL,
                    revision INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (model, rollout, unit, arm)) WITHOUT ROWID;
                CREATE TABLE rollout_sum (
                    model TEXT NOT NULL, rollout TEXT NOT NULL, stage INTEGER NOT NULL, arm INTEGER NOT NULL,
                    metric TEXT NOT NULL, cluster INTEGER NOT NULL, count INTEGER NOT NULL, sum REAL NOT NULL,
                    revision INTEGER NOT NULL DEFAULT 1, acknowledged INTEGER NOT NULL DEFAULT 0,
                    PRIMARY KEY (model, rollout, cluster, stage, arm, metric)) WITHOUT ROWID;
                CREATE TABLE rollout_pane (pane TEXT NOT NULL);
                """)
        let pane = String(UInt64.random(in: .min ... .max), radix: 36)
        try database.execute(sql: "INSERT INTO rollout_pane VALUES (?)", arguments: [pane])
    }

    /// The columns of events, by the metrics' names.
    private static let events = RolloutMetric.allCases.filter(\.isEvent).map(\.rawValue)
}

// MARK: - Routes

extension EvidenceStore {
    /// The route that was known last.
    func route(of model: String) throws -> RolloutRoute? {
        try database.read { database in
            try Data.fetchOne(
                database, sql: "SELECT body FROM rollout_route WHERE model = ?", arguments: [model])
        }.map { try JSONDecoder().decode(RolloutRoute.self, from: $0) }
    }

    /// Keeps a route; what was acknowledged of other rollouts goes when another one begins.
    func save(_ route: RolloutRoute?, of model: String) throws {
        try database.write { database in
            try database.execute(sql: "DELETE FROM rollout_route WHERE model = ?", arguments: [model])
            guard let route else { return }
            try database.execute(
                sql: "INSERT INTO rollout_route (model, body) VALUES (?, ?)",
                arguments: [model, try JSONEncoder().encode(route)])
            guard let rollout = route.rollout else { return }
            try database.execute(
                sql: "DELETE FROM rollout_sum WHERE model = ? AND rollout <> ? AND revision = acknowledged",
                arguments: [model, rollout.id])
        }
    }
}

// MARK: - In

extension EvidenceStore {
    /// Adds to what is known of a rollout, all of it or nothing.
    ///
    /// - Returns: how many units there was no room for.
    func add(_ evidence: Evidence, of model: String, rollout: String) throws -> Int {
        try database.write { database in
            let room = capacity - (try Self.unitCount(of: model, database))
            for (unit, sighting) in evidence.sightings.prefix(max(0, room)) {
                try Self.unite(unit, sighting, model, rollout, database)
            }
            for (key, value) in evidence.sums { try Self.add(value, key, model, rollout, database) }
            return max(0, evidence.sightings.count - max(0, room))
        }
    }

    /// Puts a cluster's losses in the place of those that were counted before, unless there were more: rows go from the
    /// captured ones by age, or as their sample becomes smaller.
    func replaceLosses(
        _ sums: [SumKey: ValueSum], in cluster: Timestamp, of model: String, rollout: String
    ) throws {
        try database.write { database in
            let before = try Self.losses(in: cluster, model, rollout, database)
            guard Self.rows(sums) >= Self.rows(before), sums != before else { return }
            let gone = before.keys.filter { sums[$0] == nil }
            for key in gone { try Self.replace(ValueSum(), key, model, rollout, database) }
            for (key, value) in sums where before[key] != value {
                try Self.replace(value, key, model, rollout, database)
            }
        }
    }

    private static func rows(_ sums: [SumKey: ValueSum]) -> Int { sums.values.reduce(0) { $0 + $1.count } }

    private static func unite(
        _ unit: ArmUnit, _ sighting: Sighting, _ model: String, _ rollout: String, _ database: Database
    ) throws {
        let united = events.map {
            "\($0) = coalesce(min(\($0), excluded.\($0)), \($0), excluded.\($0))"
        }.joined(separator: ", ")
        let times = events.map { event in
            RolloutMetric(rawValue: event).flatMap { sighting.events[$0]?.nanoseconds }
        }
        try database.cachedStatement(
            sql: """
                INSERT INTO rollout_unit (
                    model, rollout, unit, arm, first, labelled, \(events.joined(separator: ", ")))
                VALUES (?, ?, ?, ?, ?, ?\(String(repeating: ", ?", count: events.count)))
                ON CONFLICT DO UPDATE SET first = min(first, excluded.first),
                    labelled = max(labelled, excluded.labelled), \(united), revision = revision + 1
                """
        ).execute(
            arguments: [
                model, rollout, Int64(bitPattern: unit.unit.bits), unit.arm, sighting.first.nanoseconds,
                sighting.isLabelled,
            ] + StatementArguments(times))
    }

    private static func add(
        _ value: ValueSum, _ key: SumKey, _ model: String, _ rollout: String, _ database: Database
    ) throws {
        try save(
            value, key, model, rollout, "count = count + excluded.count, sum = sum + excluded.sum", database)
    }

    private static func replace(
        _ value: ValueSum, _ key: SumKey, _ model: String, _ rollout: String, _ database: Database
    ) throws {
        try save(value, key, model, rollout, "count = excluded.count, sum = excluded.sum", database)
    }

    private static func save(
        _ value: ValueSum, _ key: SumKey, _ model: String, _ rollout: String, _ change: String,
        _ database: Database
    ) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO rollout_sum (model, rollout, stage, arm, metric, cluster, count, sum)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET \(change), revision = revision + 1
                """
        ).execute(
            arguments: [
                model, rollout, key.stage, key.arm, key.metric.rawValue, key.cluster.nanoseconds, value.count,
                value.sum,
            ])
    }

    private static func losses(
        in cluster: Timestamp, _ model: String, _ rollout: String, _ database: Database
    ) throws -> [SumKey: ValueSum] {
        let rows = try Row.fetchAll(
            database, sql: "SELECT * FROM rollout_sum WHERE model = ? AND rollout = ? AND cluster = ?",
            arguments: [model, rollout, cluster.nanoseconds])
        let sums = rows.compactMap { row in SumKey(row).map { ($0, ValueSum(row)) } }
        return Dictionary(uniqueKeysWithValues: sums.filter { $0.0.metric.needsLabels && $0.1.count > 0 })
    }
}

// MARK: - Out

/// What one report tells, and how to know later what of it has changed since.
struct PendingEvidence: Sendable {
    let rollout: String
    var units: [(unit: ArmUnit, sighting: Sighting, revision: Int64)] = []
    var sums: [(key: SumKey, value: ValueSum, revision: Int64)] = []
    let pane: String

    func report(of agent: String) -> EvidenceReport {
        EvidenceReport(
            agent: agent, sums: sums.map { EvidenceSum($0.key, $0.value, pane: pane) },
            units: units.map { UnitSighting($0.unit, $0.sighting) })
    }
}

extension EvidenceStore {
    /// So many units, and so many sums, make a report at most.
    static let reportLength = 500

    /// What the registry has not acknowledged of one of a model's rollouts.
    ///
    /// - Parameter excluded: rollouts that the registry will not hear of now.
    func pending(of model: String, except excluded: Set<String> = []) throws -> PendingEvidence? {
        try database.read { database in
            guard
                let rollout = try Self.rollout(in: "rollout_unit", where: "1", model, excluded, database)
                    ?? Self.rollout(
                        in: "rollout_sum", where: "revision > acknowledged", model, excluded, database)
            else { return nil }
            return PendingEvidence(
                rollout: rollout, units: try Self.units(of: model, rollout, database),
                sums: try Self.sums(of: model, rollout, database),
                pane: try String.fetchOne(database, sql: "SELECT pane FROM rollout_pane") ?? "")
        }
    }

    /// The first rollout that has such rows.
    private static func rollout(
        in table: String, where condition: String, _ model: String, _ excluded: Set<String>,
        _ database: Database
    ) throws -> String? {
        try String.fetchOne(
            database,
            sql: """
                SELECT rollout FROM \(table) WHERE model = ? AND \(condition)
                    AND rollout NOT IN (\(databaseQuestionMarks(count: excluded.count))) LIMIT 1
                """, arguments: [model] + StatementArguments(excluded))
    }

    private static func units(
        of model: String, _ rollout: String, _ database: Database
    ) throws -> [(ArmUnit, Sighting, Int64)] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM rollout_unit WHERE model = ? AND rollout = ? LIMIT ?",
            arguments: [model, rollout, reportLength]
        ).map { (ArmUnit($0), Sighting($0, events: events), $0["revision"]) }
    }

    private static func sums(
        of model: String, _ rollout: String, _ database: Database
    ) throws -> [(SumKey, ValueSum, Int64)] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT * FROM rollout_sum WHERE model = ? AND rollout = ? AND revision > acknowledged LIMIT ?
                """, arguments: [model, rollout, reportLength]
        ).compactMap { row in SumKey(row).map { ($0, ValueSum(row), row["revision"]) } }
    }

    /// The registry has it.
    func acknowledge(_ pending: PendingEvidence, of model: String) throws {
        try database.write { database in
            for (unit, _, revision) in pending.units {
                try database.cachedStatement(
                    sql: """
                        DELETE FROM rollout_unit
                        WHERE model = ? AND rollout = ? AND unit = ? AND arm = ? AND revision = ?
                        """
                ).execute(
                    arguments: [
                        model, pending.rollout, Int64(bitPattern: unit.unit.bits), unit.arm, revision,
                    ])
            }
            for (key, _, revision) in pending.sums {
                try database.cachedStatement(
                    sql: """
                        UPDATE rollout_sum SET acknowledged = ? WHERE model = ? AND rollout = ?
                            AND cluster = ? AND stage = ? AND arm = ? AND metric = ?
                        """
                ).execute(
                    arguments: [
                        revision, model, pending.rollout, key.cluster.nanoseconds, key.stage, key.arm,
                        key.metric.rawValue,
                    ])
            }
        }
    }

    /// The rollout is over, and nobody will hear of it any more.
    func forget(_ rollout: String, of model: String) throws {
        try database.write { database in
            for table in ["rollout_unit", "rollout_sum"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE model = ? AND rollout = ?", arguments: [model, rollout])
            }
        }
    }

    /// How many units and sums the registry has yet to be told.
    func pendingCount(of model: String) throws -> Int {
        try database.read { database in
            let sums = try Int.fetchOne(
                database,
                sql: "SELECT count(*) FROM rollout_sum WHERE model = ? AND revision > acknowledged",
                arguments: [model])
            return try Self.unitCount(of: model, database) + (sums ?? 0)
        }
    }

    private static func unitCount(of model: String, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count(*) FROM rollout_unit WHERE model = ?", arguments: [model]) ?? 0
    }
}

// MARK: - Rows of the tables

extension ArmUnit {
    fileprivate init(_ row: Row) {
        self.init(unit: UnitHash(bits: UInt64(bitPattern: row["unit"] as Int64)), arm: row["arm"])
    }
}

extension Sighting {
    fileprivate init(_ row: Row, events: [String]) {
        self.init(first: Timestamp(nanoseconds: row["first"]), isLabelled: row["labelled"])
        for event in events {
            guard let metric = RolloutMetric(rawValue: event), let time: Int64 = row[event] else { continue }
            self.events[metric] = Timestamp(nanoseconds: time)
        }
    }
}

extension SumKey {
    /// `nil` for a metric that a newer leeway wrote.
    fileprivate init?(_ row: Row) {
        guard let metric = RolloutMetric(rawValue: row["metric"]) else { return nil }
        self.init(
            stage: row["stage"], arm: row["arm"], metric: metric,
            cluster: Timestamp(nanoseconds: row["cluster"]))
    }
}

extension ValueSum {
    fileprivate init(_ row: Row) { self.init(count: row["count"], sum: row["sum"]) }
}
