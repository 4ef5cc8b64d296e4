import GRDB

/// The tables of a store, version by version. Times are nanoseconds since 1970.
enum CaptureSchema {
    static var migrations: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in try database.execute(sql: first) }
        return migrator
    }

    private static let first = """
        -- `place` is the level of the row's hash, its leading zeros, above the order in which rows came: the rows
        -- that half of a sample leaves out lie side by side, and go as whole pages.
        -- `key` is the hash, as a signed number of the same order.
        CREATE TABLE captured (
            place INTEGER PRIMARY KEY, key INTEGER NOT NULL, id NOT NULL, position INTEGER NOT NULL,
            parts INTEGER NOT NULL, arrival INTEGER NOT NULL, time INTEGER NOT NULL, origin INTEGER NOT NULL,
            version TEXT, arm TEXT, segment TEXT, unit TEXT, layout INTEGER, features BLOB, score REAL, class TEXT,
            answer_layout INTEGER, answer BLOB, label, label_time INTEGER);
        CREATE UNIQUE INDEX captured_key ON captured (key);
        CREATE INDEX captured_time ON captured (time);

        -- Columns that rows were served in, as [[name, datatype], …].
        CREATE TABLE layout (layout INTEGER PRIMARY KEY, fields TEXT NOT NULL);
        -- Names in the rows of layout 0.
        CREATE TABLE feature (number INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE state (state INTEGER PRIMARY KEY CHECK (state = 1), body BLOB NOT NULL);
        """
}

/// Where a row lies in the table.
enum Place {
    static let levelShift: Int64 = 56

    static func of(hash: UInt64, sequence: Int64) -> Int64 {
        Int64(hash.leadingZeroBitCount) << levelShift | sequence
    }

    static func level(_ place: Int64) -> Int64 { place >> levelShift }
    static func sequence(_ place: Int64) -> Int64 { place & (1 << levelShift - 1) }
    static func start(ofLevel level: Int64) -> Int64 { level << levelShift }
}

extension UInt64 {
    /// As SQLite keeps and orders it.
    var key: Int64 { Int64(bitPattern: self ^ 1 << 63) }

    init(key: Int64) { self = UInt64(bitPattern: key) ^ 1 << 63 }
}
