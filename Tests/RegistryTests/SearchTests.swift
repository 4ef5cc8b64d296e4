import Foundation
import GRDB
import GRDBSQLite
import Testing

@testable import Registry

@Suite struct SearchTests {
    @Test(arguments: [
        "!!", "junk", "{}", "eyJvZmZzZXQiOiAwfQ==", "eyJvZmZzZXQiOiAtMX0=", "eyJvZmZzZXQiOiAiMiJ9",
        "eyJvZmZzZXQiOiA5MjIzMzcyMDM2ODU0Nzc1ODA3fQ==", "eyJvZmZzZXQiOiAxZTk5OX0=", "eyJvZmZzZXQiOiAxLjV9",
        "bnVsbA==", "W10=", "ÅÅ==", "eyJvZmZzZXQiOiA1fQ", " ",
    ])
    func `a page token that was never given is refused`(token: String) {
        let error = #expect(throws: RegistryError.self) { try PageToken(token) }
        #expect(error?.kind == .invalid)
        #expect(error?.description.hasPrefix("Invalid page token, ") == true)
    }

    @Test func `a page token is MLflow's own and comes back`() throws {
        #expect(PageToken(offset: 5).text == "eyJvZmZzZXQiOiA1fQ==")
        #expect(try PageToken("eyJvZmZzZXQiOiA1fQ==") == PageToken(offset: 5))
        #expect(try PageToken(PageToken(offset: Int64.max / 2).text).offset == Int64.max / 2)
    }

    @Test(arguments: [
        ("", "", true), ("", "%", true), ("a", "", false), ("abc", "a%", true), ("abc", "%c", true),
        ("abc", "a_c", true),
        ("abc", "A%", false), ("åbc", "_bc", true), ("åbc", "__bc", false), ("a😀c", "a_c", true),
        ("aXbXc", "a%b%c", true),
        ("aaab", "%ab", true), ("aaab", "%aab%", true), ("ab", "%_%_%", true), ("a", "%_%_%", false),
        ("x\ny", "x%y", true),
        ("mississippi", "m%issip%_", true), ("mississippi", "m%iss%ss%z", false), ("100%", "100\\%", false),
    ])
    func `a pattern matches as SQL's LIKE does`(text: String, pattern: String, matches: Bool) {
        #expect(LikePattern.matches(Array(text.utf8), Array(pattern.utf8)) == matches)
    }

    /// To try every way of placing the wildcards would take longer than the universe is old.
    @Test(.timeLimit(.minutes(1))) func `a pattern of many wildcards comes to an end`() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 8000)
        let pattern = Array((String(repeating: "%a", count: 30) + "%b").utf8)
        #expect(!LikePattern.matches(text, pattern))
    }

    @Test func `of a model's metric NaN passes no comparison but inequality and comes after the numbers`()
        async throws
    {
        let registry = try Registry(folder: temporaryFolder())
        let found = try await registry.database.write { database in
            for (id, value) in [("m-1", 1.0), ("m-2", -.infinity), ("m-3", .nan), ("m-4", .infinity)] {
                try database.insertModel(id, auc: value)
            }
            try database.insertModel("m-5", auc: nil)
            return try ["metrics.auc >= 0", "metrics.auc <= 0", "metrics.auc != 0", ""].map { filter in
                try [true, false].map { ascending in
                    try LoggedModelSearch(
                        experiments: [0], filter: filter,
                        orderBy: [.init(fieldName: "metrics.auc", ascending: ascending)]
                    ).page(in: database).items
                }
            }
        }
        #expect(
            found == [
                [["m-1", "m-4"], ["m-4", "m-1"]], [["m-2"], ["m-2"]],
                [["m-2", "m-1", "m-4", "m-3"], ["m-4", "m-1", "m-2", "m-3"]],
                [["m-2", "m-1", "m-4", "m-3", "m-5"], ["m-4", "m-1", "m-2", "m-3", "m-5"]],
            ])
    }

    @Test func `searches beyond a limit are refused, those at it answered`() async throws {
        let registry = try Registry(folder: temporaryFolder())
        try await registry.read { (database) throws in
            let clause = "metrics.a > 1 AND params.b LIKE '%' AND tags.c IS NULL AND attributes.status != 'x'"
            let hundred = Array(repeating: clause, count: 25).joined(separator: " AND ")
            let names = (1...20).map { "metrics.m\($0) DESC" }
            let ids = (1...40_000).map { "'\($0)'" }.joined(separator: ",")
            #expect(try search(hundred, orderBy: names, in: database).isEmpty)
            #expect(try search("run_id IN (\(ids))", in: database).isEmpty)
            #expect(throws: RegistryError.self) { try search(hundred + " AND status = 'x'", in: database) }
            #expect(throws: RegistryError.self) { try search("", orderBy: names + ["status"], in: database) }
            #expect(throws: RegistryError.self) {
                try search("params.a LIKE '\(String(repeating: "%", count: 8193))'", in: database)
            }
        }
    }

    @Test(arguments: [
        ("metrics.auc > 0.5", ["metrics.auc DESC"]), ("metrics.auc > 0.5", ["metrics.auc ASC"]),
        ("", ["metrics.auc DESC"]), ("metrics.auc > 0.99", []), ("tags.team LIKE 'team-%'", ["metrics.auc"]),
        ("metrics.auc > 0.5 AND params.lr = '3'", ["metrics.loss", "tags.team"]), ("", []),
        ("tags.team ILIKE '%7'", ["start_time ASC"]),
    ])
    func `ten times the runs take ten times the work`(filter: String, orderBy: [String]) async throws {
        let search = RunSearch(experiments: [0], filter: filter, orderBy: orderBy, maxResults: 100)
        var work: [Int] = []
        for runs in [1000, 10_000] {
            let registry = try Registry(folder: temporaryFolder())
            work.append(
                try await registry.database.write { database in
                    try database.insertRuns(runs)
                    return try database.instructions { _ = try search.page(in: database) }
                })
        }
        #expect(work[1] < 12 * work[0] && work[1] < 50 * 10_000, "instructions: \(work)")
    }

    @Test(
        arguments: ["auc ASC", "auc DESC"],
        ["", "metrics.auc > 0.3", "metrics.auc != 0.5", "metrics.loss < 0.8"])
    func `a walk along a metric's index and a search without it find the same pages`(
        order: String, filter: String
    ) async throws {
        let registry = try Registry(folder: temporaryFolder())
        try await registry.database.write { database in
            try database.insertRuns(500)
            try database.execute(
                sql: """
                    UPDATE latest_metric SET value = round(value, 1);
                    UPDATE latest_metric SET value = 0, is_nan = 1 WHERE value = 0.2;
                    DELETE FROM latest_metric WHERE value = 0.7 AND key = 'auc';
                    """)
        }
        try await registry.read { (database) throws in
            for size in [7, 100, 500] {
                let search = RunSearch(
                    experiments: [0], filter: filter, orderBy: ["metrics." + order], maxResults: size)
                #expect(try search.all(in: database, many: 0) == search.all(in: database, many: 501))
            }
        }
    }

    private func search(_ filter: String, orderBy: [String] = [], in database: Database) throws -> [String] {
        try RunSearch(experiments: Array(0...2000), filter: filter, orderBy: orderBy).page(in: database).items
    }
}

extension Database {
    /// Runs with ids and values at random.
    fileprivate func insertRuns(_ count: Int) throws {
        try execute(
            sql: """
                INSERT INTO run (id, experiment, name, user, status, start_time, artifact_uri)
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                    SELECT lower(hex(randomblob(16))), 0, 'run', 'ada', 'FINISHED', n, '' FROM number;
                INSERT INTO latest_metric (run, key, timestamp, step, value, is_nan)
                    SELECT run.id, key.value, 1, 0, (random() / 18446744073709551616.0) + 0.5, 0
                    FROM run, json_each('["auc", "loss", "f1", "recall", "precision"]') AS key;
                INSERT INTO param (run, key, value) SELECT id, 'lr', abs(random() % 10) FROM run;
                INSERT INTO run_tag (run, key, value) SELECT id, 'team', 'team-' || abs(random() % 10) FROM run;
                """, arguments: [count])
    }

    /// How many instructions SQLite's virtual machine ran for `body`: what it costs on any machine, however busy.
    fileprivate func instructions(_ body: () throws -> Void) rethrows -> Int {
        var count = 0
        try unsafe withUnsafeMutablePointer(to: &count) { counter in
            unsafe sqlite3_progress_handler(
                sqliteConnection, 1,
                { counter in
                    unsafe counter!.assumingMemoryBound(to: Int.self).pointee += 1
                    return 0
                }, counter)
            defer { unsafe sqlite3_progress_handler(sqliteConnection, 0, nil, nil) }
            try body()
        }
        return count
    }

    fileprivate func insertModel(_ id: String, auc: Double?) throws {
        try insert(
            "logged_model", ["id", "experiment", "name", "artifact_uri", "status", "created", "updated"],
            [id, 0, "model", "mlflow-artifacts:/0", "LOGGED_MODEL_READY", 1, 1])
        guard let auc else { return }
        try insert(
            "logged_model_metric", ["model", "run", "key", "timestamp", "step", "value", "is_nan"],
            [id, "r", "auc", 1, 1, auc.isNaN ? 0 : auc, auc.isNaN])
    }
}

extension RunSearch {
    fileprivate func all(in database: Database, many: Int) throws -> [[String]] {
        var (search, pages) = (self, [[String]]())
        repeat {
            let page = try search.page(in: database, many: many)
            pages.append(page.items)
            search.pageToken = page.nextToken
        } while search.pageToken != nil
        return pages
    }
}
