import Drift
import Foundation
import GRDB
import Testing

@testable import Capture

struct CaptureStoreTests {
    @Test func `a store of a newer version is refused, to write and to read`() async throws {
        try await withState { folder in
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            try await store.database.write {
                try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('999')")
            }
            try store.close()
            let path = CaptureStore.path(state: folder, model: "m")
            let message = "\(path) was written by a newer leeway; use that one, or another state folder"
            let writing = #expect(throws: CaptureStoreError.self) {
                try CaptureStore(state: folder, model: "m", now: at(0))
            }
            #expect(writing?.description == message)
            let reading = #expect(throws: CaptureStoreError.self) {
                try CaptureReader(state: folder, model: "m")
            }
            #expect(reading?.description == message)
        }
    }

    @Test func `a file that is no database is an error that names it`() async throws {
        try await withState { folder in
            let path = CaptureStore.path(state: folder, model: "m")
            try FileManager.default.createDirectory(
                atPath: folder + "/capture", withIntermediateDirectories: true)
            try Data(repeating: 7, count: 10_000).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: CaptureStoreError.self) {
                try CaptureStore(state: folder, model: "m", now: at(0))
            }
            #expect(try #require(error).description.hasPrefix("\(path) cannot be used"))
        }
    }

    @Test(arguments: ["m", "../../etc/passwd", "a b/ü", ".", String(repeating: "ü", count: 300), "A%2F"])
    func `a model may be called anything`(model: String) async throws {
        let path = CaptureStore.path(state: "/s", model: model)
        #expect(path.hasPrefix("/s/capture/"))
        let name = path.dropFirst("/s/capture/".count)
        #expect(!name.contains("/"))
        #expect(name.utf8.count <= 220)
        #expect(path != CaptureStore.path(state: "/s", model: model + "x"))
    }

    @Test func `of a full disk nothing is half stored, and storing goes on when there is room`() async throws
    {
        try await withStore { store in
            try await store.append(answers(["a"]))
            let pages = try await store.database.write { database in
                let pages = try Int.fetchOne(database, sql: "PRAGMA page_count") ?? 0
                _ = try Int.fetchOne(database, sql: "PRAGMA max_page_count = \(pages + 2)")
                return pages
            }
            let many = (0..<5000).map { "x\($0)" }
            let error = await #expect(throws: DatabaseError.self) { try await store.append(answers(many)) }
            #expect(error?.resultCode == .SQLITE_FULL)
            #expect(store.figures.rows == 1)
            #expect(store.figures.counters.nonzero == ["stored": 1])
            try await store.database.write {
                _ = try Int.fetchOne($0, sql: "PRAGMA max_page_count = \(pages + 100_000)")
            }
            try await store.append(answers(many))
            #expect(store.figures.rows == 5001)
        }
    }

    /// On a disk that is full it may be the commit that fails: pages are held in memory until then.
    @Test func `what a failed commit would have stored is not counted`() async throws {
        try await withState { folder in
            _ = await #expect(processExitsWith: .success) { [folder = folder as String] in
                let store = try CaptureStore(state: folder, model: "m", now: at(0))
                try await store.append(answers(["a"]))
                signal(SIGXFSZ, SIG_IGN)
                limitFiles(to: 100_000)
                let error = await #expect(throws: DatabaseError.self) {
                    try await store.append(answers((0..<5000).map { "x\($0)" }))
                }
                limitFiles(to: 1 << 30)
                #expect(error?.sql == "COMMIT TRANSACTION")
                // A transaction that changes nothing comes before the next that does.
                _ = try await store.maintain(now: at(0))
                #expect(store.figures.rows == 1)
                try await store.append(answers(["b"]))
                #expect(store.figures.rows == 2)
                #expect(store.figures.counters.nonzero == ["stored": 2])
            }
        }
    }

    /// The child acknowledges in a file what `append` has returned from, and is killed in the middle.
    @Test(arguments: [30, 80, 200])
    func `what was acknowledged survives kill -9`(milliseconds: Int) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [folder = folder as String, milliseconds = milliseconds as Int] in
            let store = try CaptureStore(state: folder, model: "m", now: at(0))
            let acknowledged = unsafe open(folder + "/acknowledged", O_CREAT | O_WRONLY | O_APPEND, 0o600)
            for number in 0..<1_000_000 {
                let ids = (0..<20).map { "\(number)-\($0)" }
                try await store.append(inputs(ids), answers(ids))
                if number == 0 {
                    Thread.detachNewThread {
                        usleep(UInt32(milliseconds * 1000))
                        kill(getpid(), SIGKILL)
                    }
                }
                let line = Array("\(number)\n".utf8)
                _ = unsafe line.withUnsafeBytes { unsafe write(acknowledged, $0.baseAddress, $0.count) }
            }
        }
        let text = try String(contentsOfFile: folder + "/acknowledged", encoding: .utf8)
        let acknowledged = text.split(separator: "\n").count
        #expect(acknowledged > 0)
        let store = try CaptureStore(state: folder, model: "m", now: at(0))
        let rows = try await store.rows()
        // The transaction under way may be there in full.
        #expect([acknowledged * 20, (acknowledged + 1) * 20].contains(rows.count))
        #expect(rows.allSatisfy { $0.score == 0.25 && $0.features.count == 2 })
        #expect(store.figures.rows == rows.count)
    }
}

/// Bytes beyond which this process can write to no file, for now.
private func limitFiles(to bytes: UInt) {
    var limit = rlimit()
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = bytes
    unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}
