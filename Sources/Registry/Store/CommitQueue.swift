import GRDB
import Synchronization

/// Makes changes one after another, and those that wait together: a commit has to reach the disk, which takes
/// milliseconds, and the changes of many clients can share it.
///
/// Each change is all or nothing by itself: one that fails takes no other with it.
actor CommitQueue {
    private let database: DatabasePool
    private var waiting: [any PendingChange] = []
    private var isCommitting = false

    init(_ database: DatabasePool) { self.database = database }

    /// - Returns: once it is on the disk.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            waiting.append(Attempt(work: work, continuation: continuation))
            if !isCommitting { Task { await commitAll() } }
            isCommitting = true
        }
    }

    private func commitAll() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            let failure = await commit(batch)
            for change in batch { change.tell(failure) }
        }
        isCommitting = false
    }

    private func commit(_ batch: [any PendingChange]) async -> (any Error)? {
        do {
            try await database.write { database in
                for change in batch { try change.make(in: database) }
            }
            return nil
        } catch {
            return error
        }
    }
}

private protocol PendingChange: Sendable {
    /// - Throws: when the transaction is lost, for all that are in it.
    func make(in database: Database) throws
    /// Tells who waits how it went, or that nothing reached the disk.
    func tell(_ failure: (any Error)?)
}

private final class Attempt<Value: Sendable>: PendingChange {
    private let work: @Sendable (Database) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private let outcome = Mutex<Result<Value, any Error>>(.failure(CancellationError()))

    init(
        work: @escaping @Sendable (Database) throws -> Value,
        continuation: CheckedContinuation<Value, any Error>
    ) {
        (self.work, self.continuation) = (work, continuation)
    }

    func make(in database: Database) throws {
        let result = Result { try savepoint(in: database) }
        outcome.withLock { $0 = result }
        // A full disk makes SQLite roll everything back.
        if !database.isInsideTransaction { _ = try result.get() }
    }

    private func savepoint(in database: Database) throws -> Value {
        var value: Value?
        try database.inSavepoint {
            value = try work(database)
            return .commit
        }
        guard let value else { throw CancellationError() }
        return value
    }

    func tell(_ failure: (any Error)?) {
        if let failure {
            continuation.resume(throwing: failure)
        } else {
            continuation.resume(with: outcome.withLock { $0 })
        }
    }
}
