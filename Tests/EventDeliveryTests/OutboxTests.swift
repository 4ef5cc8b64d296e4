import Foundation
import GRDB
import Testing

@testable import EventDelivery

struct OutboxTests {
    private func withOutbox(capacity: Int = 10, _ body: (Outbox) throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try DatabasePool(path: folder + "/outbox.sqlite")
            try await database.write(Outbox.createTables)
            try body(Outbox(database, capacity: capacity))
        }
    }

    /// The ids of all that waits, in the order in which it is handed out.
    private func drain(_ outbox: Outbox, _ sink: String = "s") throws -> [String] {
        var ids: [String] = []
        while let next = try outbox.next(for: sink) {
            ids.append(next.event.id)
            try outbox.remove(next)
        }
        return ids
    }

    @Test func `each sink has a queue of its own`() async throws {
        try await withOutbox { outbox in
            try outbox.append([.make("1"), .make("2")], for: ["s", "t"])
            #expect(try drain(outbox, "s") == ["1", "2"])
            #expect(try outbox.count(for: "s") == 0 && outbox.count(for: "t") == 2)
            #expect(try drain(outbox, "t") == ["1", "2"])
        }
    }

    @Test func `an event stays until it is removed`() async throws {
        try await withOutbox { outbox in
            try outbox.append([.make("1")], for: ["s"])
            let first = try outbox.next(for: "s")
            #expect(try outbox.next(for: "s") == first && first?.event == .make("1"))
        }
    }

    @Test func `what was sent in vain holds up its own key alone`() async throws {
        try await withOutbox { outbox in
            try outbox.append(
                [.make("a1", key: "a"), .make("a2", key: "a"), .make("b1", key: "b")], for: ["s"])
            try outbox.noteFailure(try #require(try outbox.next(for: "s")))
            let next = try #require(try outbox.next(for: "s"))
            #expect(next.event.id == "b1")
            try outbox.noteFailure(next)
            try outbox.noteFailure(next)
            #expect(try outbox.next(for: "s")?.event.id == "a1")
            #expect(try drain(outbox) == ["a1", "a2", "b1"])
        }
    }

    @Test func `where there is no room the oldest resolutions go first, counted`() async throws {
        try await withOutbox(capacity: 3) { outbox in
            try outbox.append(
                [
                    .make("f1", key: "a"), .make("r1", key: "a", isResolution: true), .make("f2", key: "b"),
                    .make("r2", key: "b", isResolution: true), .make("f3", key: "c"),
                ], for: ["s"])
            #expect(try outbox.dropped(for: "s") == 2)
            try outbox.append([.make("f4", key: "d")], for: ["s"])
            #expect(try outbox.dropped(for: "s") == 3)
            #expect(try drain(outbox) == ["f2", "f3", "f4"])
            #expect(try outbox.dropped(for: "t") == 0)
        }
    }

    @Test func `what is rolled back was never there`() async throws {
        try await withTemporaryFolder { folder in
            let database = try DatabasePool(path: folder + "/outbox.sqlite")
            try await database.write(Outbox.createTables)
            let outbox = Outbox(database)
            try await database.write { database in
                try database.inSavepoint {
                    try outbox.append([.make("1")], for: ["s"], in: database)
                    return .rollback
                }
            }
            #expect(try outbox.count(for: "s") == 0)
        }
    }
}

extension OutgoingEvent {
    static func make(_ id: String, key: String = "k", isResolution: Bool = false) -> OutgoingEvent {
        OutgoingEvent(id: id, key: key, isResolution: isResolution, body: Data("{\"id\":\"\(id)\"}".utf8))
    }
}
