import Drift
import Foundation
import Testing

@testable import EventDelivery

struct FileSinkTests {
    @Test func `events are appended to what is there, one a line`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.jsonl"
            try await FileSink(path: path).deliver(.make(id: "1"))
            let again = FileSink(path: path)
            try await again.deliver(.make(id: "2"))
            try await again.deliver(.make(id: "3"))
            #expect(try ids(in: path) == ["1", "2", "3"])
        }
    }

    @Test func `a file that was rotated away is opened anew`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.jsonl"
            let sink = FileSink(path: path)
            try await sink.deliver(.make(id: "1"))
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            try await sink.deliver(.make(id: "2"))
            try FileManager.default.removeItem(atPath: path)
            #expect(FileManager.default.createFile(atPath: path, contents: Data()))
            try await sink.deliver(.make(id: "3"))
            #expect(try ids(in: path + ".1") == ["1"])
            #expect(try ids(in: path) == ["3"])
        }
    }

    @Test func `a file that was emptied in place goes on from its beginning`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.jsonl"
            let sink = FileSink(path: path)
            try await sink.deliver(.make(id: "1"))
            try #require(FileHandle(forWritingAtPath: path)).truncate(atOffset: 0)
            try await sink.deliver(.make(id: "2"))
            #expect(try ids(in: path) == ["2"])
        }
    }

    @Test func `events from many tasks do not tear each other`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.jsonl"
            let sink = FileSink(path: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in 0..<100 { group.addTask { try await sink.deliver(.make(id: "\(id)")) } }
                try await group.waitForAll()
            }
            #expect(try Set(ids(in: path)) == Set((0..<100).map(String.init)))
        }
    }

    @Test func `a line that someone else tore spoils only itself`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/events.jsonl"
            try Data(#"{"data":"#.utf8).write(to: URL(filePath: path))
            try await FileSink(path: path).deliver(.make())
            let lines = contents(of: path).split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines[0] == #"{"data":"#)
        }
    }

    @Test func `a missing folder is an error that says so`() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/none/events.jsonl"
            let error = SinkError(sink: path, operation: .open, code: ENOENT)
            await #expect(throws: error) { try await FileSink(path: path).open() }
            await #expect(throws: error) { try await FileSink(path: path).deliver(.make()) }
            #expect(error.description == "cannot open \(path): its folder does not exist")
        }
    }

    @Test func `a full disk is an error, and the event can be tried again`() async {
        let error = SinkError(sink: "/dev/full", operation: .write, code: ENOSPC)
        let sink = FileSink(path: "/dev/full")
        await #expect(throws: error) { try await sink.deliver(.make()) }
        await #expect(throws: error) { try await sink.deliver(.make()) }
        #expect(error.description == "cannot write /dev/full: No space left on device")
    }

    // In a process of its own, since the limit on the size of files holds for all of a process.
    @Test func `a line that fits in part leaves no trace`() async {
        await #expect(processExitsWith: .success) {
            try await withTemporaryFolder { folder in
                let path = folder + "/events.jsonl"
                let sink = FileSink(path: path)
                try await sink.deliver(.make(id: "1"))
                let whole = contents(of: path)

                limitFiles(toBytes: whole.utf8.count + 100)
                await #expect(throws: SinkError(sink: path, operation: .write, code: EFBIG)) {
                    try await sink.deliver(.make(id: "2"))
                }
                #expect(contents(of: path) == whole)

                limitFiles(toBytes: 1 << 20)
                try await sink.deliver(.make(id: "2"))
                #expect(try ids(in: path) == ["1", "2"])
            }
        }
    }
}

/// Makes the system write up to a limit and no further, as a disk does that fills up.
private func limitFiles(toBytes count: Int) {
    signal(SIGXFSZ, SIG_IGN)
    var limit = rlimit(rlim_cur: rlim_t(count), rlim_max: rlim_t(1 << 30))
    #expect(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
}
