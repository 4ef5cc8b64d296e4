import Crypto
import Drift
import Foundation
import GRDB
import Testing

@testable import Capture

struct CaptureExportTests {
    private func csv(_ store: CaptureStore, _ export: CaptureExport = CaptureExport(model: "m")) async throws
        -> String
    {
        let path = store.path + ".csv"
        _ = try await store.reader.export(export, as: .csv, to: path)
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    private static let served = RowBatch(.features, ids: ["b", "a"], time: at(1), version: "7")
        .with("fare", .fp32, .real([7.1, .nan])).with("sex", .bytes, .text(texts(["", "x,\"y\""])))
        .with("age", .uint8, .integer([200, 0]), missing: [false, true]).with("ID", .bool, .integer([1, 0]))

    @Test func `a table has every row as it was served, in order`() async throws {
        try await withStore { store in
            try await store.append(
                CaptureExportTests.served, answers(["a"], 0.25), labels(["a"], 1, time: at(2)))
            #expect(
                try await csv(store) == """
                    id,row,time,model_version,arm,segment,feature.ID,age,fare,sex,score,class,label,label_time
                    a,0,2025-01-01T01:00:00Z,7,,,false,,NaN,"x,""y""\u{22},0.25,,1,2025-01-01T02:00:00Z
                    b,0,2025-01-01T01:00:00Z,7,,,true,200,7.1,"",,,,

                    """)
        }
    }

    @Test func `SQLite has the same rows in their own types, and says what they are`() async throws {
        try await withStore { store in
            try await store.append(CaptureExportTests.served, answers(["a"], 0.25), labels(["a"], 1))
            let path = store.path + ".export"
            let export = CaptureExport(model: "m")
            let summary = try await store.reader.export(export, as: .sqlite, to: path)
            let queue = try DatabaseQueue(path: path)
            let found = try queue.read {
                try Row.fetchOne($0, sql: "SELECT * FROM rows WHERE id = 'b'")
            }
            let row = try #require(found)
            #expect(row["feature.ID"] as DatabaseValue == 1.databaseValue)
            #expect(row["fare"] as DatabaseValue == Double(Float(7.1)).databaseValue)
            #expect(row["sex"] as DatabaseValue == "".databaseValue)
            #expect(row["label"] as DatabaseValue == .null)
            let types = try await queue.read {
                try String.fetchAll($0, sql: "SELECT feature || ' ' || datatypes FROM columns")
            }
            #expect(types == ["ID BOOL", "age UINT8", "fare FP32", "sex BYTES"])
            let digest = try await queue.read {
                try String.fetchOne($0, sql: "SELECT value FROM dataset WHERE key = 'sha256'")
            }
            #expect(digest == summary.digest)
            #expect(try await store.reader.export(export, as: .csv, to: path) == summary)
        }
    }

    @Test func `a SQLite export says what is in it, and another file that it is none`() async throws {
        try await withStore { store in
            try await store.append(CaptureExportTests.served, labels(["a"], 1))
            let path = store.path + ".export"
            let export = CaptureExport(model: "m", labelledOnly: true)
            let summary = try await store.reader.export(export, as: .sqlite, to: path)
            let contents = try CaptureExport.Contents(ofSQLite: path)
            #expect((contents.rows, contents.digest) == (1, summary.digest))
            for other in [store.path, store.path + ".none"] {
                #expect(throws: UnreadableExport.self) { try CaptureExport.Contents(ofSQLite: other) }
            }
        }
    }

    @Test func `a span has its first moment and not its last, and rows of a version`() async throws {
        try await withStore { store in
            for number in 0..<4 {
                try await store.append(
                    answers(
                        ["\(number)"], time: at(Int64(number)), version: number == 3 ? nil : "\(number % 2)"))
            }
            func ids(_ span: CaptureSpan) async throws -> [String] {
                try await csv(store, CaptureExport(model: "m", span: span)).split(separator: "\n").dropFirst()
                    .map { String($0.prefix(1)) }
            }
            #expect(try await ids(CaptureSpan(from: at(1), to: at(3))) == ["1", "2"])
            #expect(try await ids(CaptureSpan(version: .named("0"))) == ["0", "2"])
            #expect(try await ids(CaptureSpan(version: .unknown)) == ["3"])
        }
    }

    @Test func `the digest tells content, not the order in which it came`() async throws {
        func digest(_ batches: [RowBatch]) async throws -> String {
            try await withStore { store in
                for batch in batches { try await store.append(batch) }
                return try await store.digest()
            }
        }
        let parts = [inputs(["a", "b"]), answers(["a", "b"]), labels(["b"])]
        let one = try await digest(parts)
        #expect(try await digest(parts.reversed()) == one)
        #expect(try await digest([inputs(["a", "b"]), answers(["a", "b"]), labels(["a"])]) != one)
        #expect(try await digest([inputs(["a", "b"]), answers(["a", "b"], 0.5), labels(["b"])]) != one)
        #expect(try await digest(parts + [inputs(["c"])]) != one)
    }

    /// SHA-256 of what the documentation of `ContentHash` describes, put together by hand.
    @Test func `the digest of one row is that of its described bytes`() async throws {
        func number(_ value: UInt64) -> [UInt8] {
            (0..<8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        func text(_ text: String) -> [UInt8] { number(UInt64(text.utf8.count)) + text.utf8 }
        let digest = try await withStore { store in
            try await store.append(
                RowBatch([.features, .predictions, .labels], ids: ["a"], time: at(0), version: "7")
                    .with("x", .int16, .integer([-2]), part: .features)
                    .with("score", .fp64, .real([0.5]), part: .predictions)
                    .with("y", .int64, .integer([1]), part: .labels))
            return try await store.digest()
        }
        let time = number(UInt64(at(0).nanoseconds))
        var bytes = Array("leeway captured rows 1\n".utf8) + text("m") + text("a") + number(0) + time
        bytes += [1] + text("7") + [0, 0, 0] + [1] + number(0x3FE0_0000_0000_0000)
        bytes += number(1) + text("x") + [2, 1] + number(0xFFFE) + number(0)
        bytes += [1] + number(1) + [1] + time
        let expected = SHA256.hash(data: bytes).map {
            String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
        }
        #expect(digest == expected.joined())
    }

    @Test(arguments: [
        #"sc"ore"#, #"x"); DROP TABLE rows; --"#, #"ATTACH 'stolen.sqlite' AS "s""#, "a\0b", "[a]", "`a`",
        "'",
    ])
    func `a feature may be called anything`(name: String) async throws {
        try await withStore { store in
            try await store.append(
                RowBatch(.features, ids: ["a"], time: at(0)).with(name, .int64, .integer([7])))
            let path = store.path + ".export"
            _ = try await store.reader.export(CaptureExport(model: "m"), as: .sqlite, to: path)
            let found = try await DatabaseQueue(path: path).read { database in
                let column = try String.fetchOne(
                    database, sql: "SELECT name FROM columns WHERE feature = ?",
                    arguments: [databaseText(name)])
                let row = try Row.fetchOne(database, sql: "SELECT * FROM rows")
                return column.flatMap { row?[$0] as Int? }
            }
            #expect(found == 7)
        }
    }

    @Test(arguments: ["", "-wal", "-shm"])
    func `an export never replaces the store`(suffix: String) async throws {
        try await withStore { store in
            try await store.append(CaptureExportTests.served)
            let folder = (store.path as NSString).deletingLastPathComponent
            let name = (store.path as NSString).lastPathComponent
            let path = "\(folder)/../\((folder as NSString).lastPathComponent)/\(name)\(suffix)"
            await #expect(throws: UnusableOutput.self) {
                try await store.reader.export(CaptureExport(model: "m"), as: .csv, to: path)
            }
            #expect(try await store.rows().count == 2)
        }
    }

    @Test func `a file that cannot be written is an error that says why`() async throws {
        try await withStore { store in
            let path = store.path + ".folder/rows.csv"
            let error = await #expect(throws: UnusableOutput.self) {
                try await store.reader.export(CaptureExport(model: "m"), as: .csv, to: path)
            }
            #expect(error?.description.contains("there is no folder") == true)
        }
    }

    @Test func `more columns than SQLite has are an error, and no file`() async throws {
        try await withStore { store in
            var batch = RowBatch(.features, ids: ["a"], time: at(0))
            for number in 0..<2100 { batch = batch.with("f\(number)", .bool, .integer([1])) }
            try await store.append(batch)
            let path = store.path + ".export"
            await #expect(throws: TooManyColumns.self) {
                try await store.reader.export(CaptureExport(model: "m"), as: .sqlite, to: path)
            }
            let folder = (store.path as NSString).deletingLastPathComponent
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder).allSatisfy {
                    !$0.contains("export")
                })
            #expect(try await csv(store).split(separator: "\n").count == 2)
        }
    }

    @Test func `a store can be read while it is written, and one that is not there is an error`() async throws
    {
        try await withState { folder in
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            try await store.append(answers(["a"]))
            let reader = try CaptureReader(state: folder, model: "m")
            #expect(try await reader.maturity(of: CaptureSpan()).rows == 1)
            try await store.append(answers(["b"]))
            #expect(try await reader.maturity(of: CaptureSpan()).rows == 2)
            #expect(throws: CaptureStoreError.self) { try CaptureReader(state: folder, model: "other") }
        }
    }
}
