import Foundation
import GRDB
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

    @Test func `a pattern of many wildcards takes no time`() {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 8000)
        let pattern = Array((String(repeating: "%a", count: 30) + "%b").utf8)
        let time = ContinuousClock().measure { #expect(!LikePattern.matches(text, pattern)) }
        #expect(time < .seconds(1))
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

    @Test func `a page of ten thousand runs by a metric's filter and order takes tens of milliseconds`()
        async throws
    {
        let registry = try Registry(folder: temporaryFolder())
        let runs = Int(ProcessInfo.processInfo.environment["SEARCH_RUNS"] ?? "10000") ?? 0
        try await registry.database.write { try $0.insertRuns(runs) }
        try await registry.read { (database) throws in
            for (filter, order) in [
                ("metrics.auc > 0.5", ["metrics.auc DESC"]), ("", ["metrics.auc DESC"]),
                ("metrics.auc > 0.99", []),
                ("metrics.auc > 0.5 AND params.lr = '3'", ["metrics.loss", "tags.team"]),
                ("tags.team LIKE 'team-%'", ["metrics.auc"]), ("", []),
                ("tags.team ILIKE '%7'", ["start_time ASC"]),
            ] {
                let search = RunSearch(experiments: [0], filter: filter, orderBy: order, maxResults: 100)
                let times = try (0..<5).map { _ in
                    try ContinuousClock().measure { _ = try search.page(in: database) }
                }
                let fastest = try #require(times.min())
                print("search:", filter, order, fastest)
                #expect(fastest < .milliseconds(250), "\(filter) by \(order)")
            }
        }
    }

    private func search(_ filter: String, orderBy: [String] = [], in database: Database) throws -> [String] {
        try RunSearch(experiments: Array(0...2000), filter: filter, orderBy: orderBy).page(in: database).items
    }
}

extension Database {
    fileprivate func insertRuns(_ count: Int) throws {
        var random = SplitMix(seed: 3)
        for number in 0..<count {
            let id = "\(random.next(1 << 60))-\(number)"
            try insert(
                "run", ["id", "experiment", "name", "user", "status", "start_time", "artifact_uri"],
                [id, 0, "run", "ada", "FINISHED", number, ""])
            for key in ["auc", "loss", "f1", "recall", "precision"] {
                try insert(
                    "latest_metric", ["run", "key", "timestamp", "step", "value", "is_nan"],
                    [id, key, 1, 0, Double(random.next(1_000_000)) / 1_000_000, false])
            }
            for key in ["lr", "depth", "data"] {
                try insert("param", ["run", "key", "value"], [id, key, "\(random.next(10))"])
            }
            try insert("run_tag", ["run", "key", "value"], [id, "team", "team-\(random.next(10))"])
        }
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
