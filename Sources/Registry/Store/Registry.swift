import FoundationEssentials
import GRDB
package import Retraining
package import Rollouts

/// The team's record of experiments, runs, models and who serves: one SQLite database in WAL mode, written by one
/// writer, and artifacts as content-addressed files beside it.
///
/// Every change is one transaction that also says in the audit log who made it. What a caller can put right is
/// thrown as a `RegistryError`.
package final class Registry: Sendable {
    let folder: String
    let database: DatabasePool
    private let commits: CommitQueue
    let blobs: BlobStore
    let routeBoard = RouteBoard()
    let evidenceBoard = EvidenceBoard()
    let searches = Turnstile(places: Registry.searchesAtOnce)
    let retrainRules: RetrainRules
    let trainingSetLimits: TrainingSetLimits
    /// What rollouts go by that are started without a policy of their own.
    package let rolloutPolicy: RolloutPolicy
    /// Rings when a training set is to be inspected.
    package let trainingSetArrivals = Bell()
    private let clock: @Sendable () -> Int64

    /// Opens, and where needed makes, the registry of a folder.
    ///
    /// - Parameters:
    ///   - retrainRules: when models are trained again.
    ///   - trainingSetLimits: what it keeps of training sets.
    ///   - rolloutPolicy: what rollouts go by that are started without one of their own.
    ///   - clock: milliseconds since 1970.
    /// - Throws: `RegistryStoreError`.
    package init(
        folder: String, retrainRules: RetrainRules = RetrainRules(),
        trainingSetLimits: TrainingSetLimits = TrainingSetLimits(),
        rolloutPolicy: RolloutPolicy = RolloutPolicy(),
        clock: @escaping @Sendable () -> Int64 = Registry.systemClock
    ) throws(RegistryStoreError) {
        let path = folder + "/registry.sqlite"
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            blobs = try BlobStore(folder: folder + "/artifacts")
            database = try DatabasePool(path: path, configuration: Self.configuration)
            guard try !database.read(RegistrySchema.migrations.hasBeenSuperseded) else {
                throw RegistryStoreError.newer(path)
            }
            try RegistrySchema.migrations.migrate(database)
            commits = CommitQueue(database)
        } catch let error as RegistryStoreError {
            throw error
        } catch {
            throw .unusable(path, "\(error)")
        }
        self.folder = folder
        (self.retrainRules, self.trainingSetLimits) = (retrainRules, trainingSetLimits)
        self.rolloutPolicy = rolloutPolicy
        self.clock = clock
    }

    package static let systemClock: @Sendable () -> Int64 = {
        Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
    }

    /// Milliseconds since 1970.
    package var now: Int64 { clock() }

    /// `leeway registry gc` writes beside a registry that serves: each waits for the other.
    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 2 * searchesAtOnce
        configuration.prepareDatabase { database in
            // What was answered outlives a power cut too; GRDB's own choice for WAL does not promise that.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            database.add(function: .like)
            database.add(function: .ilike)
        }
        return configuration
    }

    func read<Value: Sendable>(
        _ question: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try await database.read(question)
    }

    /// - Parameter movesRoutes: whether another version may serve someone after it.
    func change<Value: Sendable>(
        by actor: Actor, movesRoutes: Bool = true, _ make: @escaping @Sendable (Change) throws -> Value
    ) async throws -> Value {
        let time = now
        defer { if movesRoutes { routeBoard.clear() } }
        do {
            return try await commits.perform { database in
                try make(Change(database: database, actor: actor, time: time))
            }
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw RegistryError(.exhausted, "The registry's disk is full: nothing can be written.")
        }
    }
}

/// Why a registry's folder cannot be used.
package enum RegistryStoreError: Error, CustomStringConvertible {
    case newer(String)
    case unusable(String, String)

    package var description: String {
        switch self {
        case .newer(let path): "\(path) was written by a newer leeway; use that one, or another state folder"
        case .unusable(let path, let reason): "\(path) cannot be used: \(reason)"
        }
    }
}
