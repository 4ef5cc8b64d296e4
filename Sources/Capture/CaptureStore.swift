import Crypto
package import Drift
import Foundation
import GRDB
import Synchronization

/// A model's captured rows: one SQLite database in WAL mode, written by one writer.
///
/// Each model has a file of its own: models do not wait for one another, a bound is a file's size, a file that
/// is damaged costs one model, and a model that is forgotten is a file to delete.
///
/// What `append` has returned from survives the end of the process at any moment, `kill -9` too. A power cut may
/// lose what came since the last checkpoint of the write-ahead log (some 64 MiB), never half of a transaction.
package final class CaptureStore: Sendable {
    package let path: String
    let limits: CaptureLimits
    let database: DatabasePool
    let state: Mutex<CaptureState>
    private let schema: Mutex<ModelSchema?>

    /// - Parameters:
    ///   - state: the agent's folder of state.
    ///   - schema: says where the score is in an answer, and what a label looks like.
    /// - Throws: `CaptureStoreError`.
    package init(
        state folder: String, model: String, limits: CaptureLimits = CaptureLimits(),
        schema: ModelSchema? = nil, now: Timestamp
    ) throws(CaptureStoreError) {
        path = CaptureStore.path(state: folder, model: model)
        self.limits = limits
        self.schema = Mutex(schema)
        do {
            try FileManager.default.createDirectory(
                atPath: folder + "/capture", withIntermediateDirectories: true)
            database = try DatabasePool(path: path, configuration: CaptureStore.configuration)
            guard try !database.read(CaptureSchema.migrations.hasBeenSuperseded) else {
                throw CaptureStoreError.newer(path)
            }
            try CaptureSchema.migrations.migrate(database)
            let resumed = try database.write { try CaptureState.resume($0, limits, now) }
            state = Mutex(resumed)
        } catch let error as CaptureStoreError {
            throw error
        } catch {
            throw .unusable(path, error)
        }
    }

    /// Where the rows of a model are: a model may be called anything, and a file's name is short.
    package static func path(state folder: String, model: String) -> String {
        let allowed = CharacterSet(
            charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let name = model.addingPercentEncoding(withAllowedCharacters: allowed) ?? "_"
        guard name.utf8.count > 200 else { return "\(folder)/capture/\(name).sqlite" }
        return "\(folder)/capture/\(SHA256.hash(data: Data(model.utf8)).hexadecimal).sqlite"
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 2
        configuration.prepareDatabase { database in
            guard !database.configuration.readonly else { return }
            // Before there is a table: then the file can give back pages it no longer needs.
            try database.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 16384")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
            try database.execute(sql: "PRAGMA cache_size = -8192")
        }
        return configuration
    }

    /// For a model whose reference, and with it its schema, came later than its stream.
    package func adopt(_ schema: ModelSchema?) { self.schema.withLock { $0 = schema } }

    package var reader: CaptureReader { CaptureReader(database, path: path) }

    package var figures: CaptureFigures { state.withLock { CaptureFigures($0) } }

    /// One transaction, whose state is kept if it is.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout CaptureWriter) throws -> Value
    ) async throws -> Value {
        try await database.writeWithoutTransaction { [self] database in
            var writer = CaptureWriter(
                database: database, limits: limits, schema: schema.withLock { $0 },
                state: state.withLock { $0 })
            var value: Value?
            try database.inTransaction(.immediate) {
                value = try body(&writer)
                if writer.isChanged { try writer.state.save(database) }
                return .commit
            }
            // Only now: on a full disk it is the commit that fails.
            state.withLock { $0 = writer.state }
            return value!
        }
    }

    /// Stores the parts of rows in one transaction, joined to those that came before.
    ///
    /// - Parameter now: the wall clock.
    /// - Returns: the rows whose label met them by this.
    package func append(_ handOver: CaptureHandOver, now: Timestamp) async throws -> [LabelledRow] {
        try await write { try $0.append(handOver, now: now) }
    }

    /// One short step of upkeep: horizons, the sample, ages and sizes. An append waits for no more than one.
    ///
    /// To be called every few seconds, rows or none, and again as long as it returns `true`.
    package func maintain(now: Timestamp) async throws -> Bool {
        try await write { try $0.maintain(now: now) }
    }

    package func close() throws {
        try database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try database.close()
    }
}

/// Why a store cannot be used.
package enum CaptureStoreError: Error, CustomStringConvertible {
    case newer(String)
    case missing(String)
    case unusable(String, any Error)

    package var description: String {
        switch self {
        case .newer(let path): "\(path) was written by a newer leeway; use that one, or another state folder"
        case .missing(let path): "\(path): there is no such file; nothing was captured"
        case .unusable(let path, let error): "\(path) cannot be used: \(error)"
        }
    }

    /// Whether it may well be usable later.
    var isPassing: Bool {
        if case .unusable = self { true } else { false }
    }
}

/// How a store stands.
package struct CaptureFigures: Equatable, Sendable {
    package var counters: CaptureCounters
    package var sample: CaptureSample
    /// Rows stored, labels that wait for their row among them.
    package var rows: Int
    package var waitingLabels: Int
    package var usedBytes: Int64
    /// The last label that was not taken since the store was opened.
    package var lastRefusedLabel: String?

    init(_ state: CaptureState) {
        lastRefusedLabel = state.lastRefusedLabel
        (counters, sample) = (state.counters, state.sample)
        (rows, waitingLabels, usedBytes) = (state.rows, state.waiting, state.usedBytes)
    }
}
