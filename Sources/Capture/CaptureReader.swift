package import Drift
import Foundation
import GRDB

/// Questions to a store, of the agent that writes it or of a command beside it.
package struct CaptureReader: Sendable {
    let database: any DatabaseReader
    /// The store's file.
    let path: String

    init(_ database: any DatabaseReader, path: String) { (self.database, self.path) = (database, path) }

    /// Opens the store of a model to be read, while an agent may be writing it.
    package init(state folder: String, model: String) throws(CaptureStoreError) {
        path = CaptureStore.path(state: folder, model: model)
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path) }
        do {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(10)
            database = try DatabaseQueue(path: path, configuration: configuration)
            guard try !database.read(CaptureSchema.migrations.hasBeenSuperseded) else {
                throw CaptureStoreError.newer(path)
            }
        } catch let error as CaptureStoreError {
            throw error
        } catch {
            throw .unusable(path, error)
        }
    }
}

/// Rows of a span of event time that were answered, and what is known of them.
package struct CaptureSpan: Sendable, Equatable {
    /// The first moment, and the first after the last; `nil` is without end.
    package var from: Timestamp?
    package var to: Timestamp?
    package var version: Version?
    package var arm: String?

    package enum Version: Sendable, Equatable {
        case named(String)
        /// Rows that came without a version.
        case unknown
    }

    package init(from: Timestamp? = nil, to: Timestamp? = nil, version: Version? = nil, arm: String? = nil) {
        (self.from, self.to, self.version, self.arm) = (from, to, version, arm)
    }

    /// Rows of the sample in this span. A sample that has just become smaller may not have lost all of its rows.
    func condition(_ sample: CaptureSample) -> (sql: String, arguments: StatementArguments) {
        var sql = "time >= ? AND time < ? AND key <= ?"
        var arguments: StatementArguments = [
            from?.nanoseconds ?? .min, to?.nanoseconds ?? .max, sample.bound.key,
        ]
        switch version {
        case .named(let name):
            sql += " AND version = ?"
            arguments += [name]
        case .unknown: sql += " AND version IS NULL"
        case nil: break
        }
        if let arm {
            sql += " AND arm = ?"
            arguments += [arm]
        }
        return (sql, arguments)
    }
}

/// How much of a span's rows is labelled.
package struct CaptureMaturity: Sendable, Equatable {
    /// Rows of the sample that were answered.
    package var rows: Int
    package var labelled: Int
    package var oldest: Timestamp?
    package var newest: Timestamp?
    /// The share of all rows that the sample is.
    package var sampleRate: Double

    /// In 0…1; 0 without rows.
    package var share: Double { rows == 0 ? 0 : Double(labelled) / Double(rows) }

    /// Whether so many are labelled that no more is waited for, or the last row has had its time.
    ///
    /// - Parameter time: how far the stream's event time has come.
    package func isReached(_ limits: CaptureLimits, end: Timestamp, at time: Timestamp) -> Bool {
        rows > 0 && share >= limits.maturity || time >= end.advanced(by: limits.labelHorizon)
    }
}

/// The answered rows of a span in columns, in order of their time.
package struct CaptureCohort: Sendable, Equatable {
    package var maturity: CaptureMaturity
    package var times: [Timestamp] = []
    package var versions: [String?] = []
    package var scores: [Double?] = []
    package var classes: [String?] = []
    /// `nil` where the truth is not known yet.
    package var labels: [Truth?] = []
    /// What the answer gave the true class, where it gave each of several one.
    package var probabilities: [Double?] = []
}

extension CaptureReader {
    package func maturity(of span: CaptureSpan) async throws -> CaptureMaturity {
        try await database.read { try $0.maturity(of: span) }
    }

    /// - Parameter limit: about so many rows: of more, a smaller sample is read, which is of the same rows whenever it is
    ///   drawn.
    package func cohort(of span: CaptureSpan, atMost limit: Int = 100_000) async throws -> CaptureCohort {
        try await database.read { database in
            var cohort = CaptureCohort(maturity: try database.maturity(of: span))
            var sample = try database.sample()
            if cohort.maturity.rows > limit {
                sample = CaptureSample(rate: sample.rate * Double(limit) / Double(cohort.maturity.rows))
            }
            let condition = span.condition(sample)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT time, version, score, class, label, answer_layout, answer FROM captured
                    WHERE \(condition.sql) AND parts & \(RowBatch.Parts.predictions.rawValue) != 0
                    ORDER BY time, key
                    """, arguments: condition.arguments)
            let unpacker = try RowUnpacker(database)
            while let row = try rows.next() { try cohort.append(row, unpacker) }
            return cohort
        }
    }

    /// The event time of the first row with any of these parts from a moment on; `nil` where there is none.
    package func first(of parts: RowBatch.Parts, from time: Timestamp?) async throws -> Timestamp? {
        try await database.read { database in
            try Int64.fetchOne(
                database,
                sql: "SELECT min(time) FROM captured WHERE time >= ? AND parts & ? != 0",
                arguments: [time?.nanoseconds ?? .min, parts.rawValue]
            ).map(Timestamp.init(nanoseconds:))
        }
    }

    /// The versions that answered in a span with how many rows of the sample; `nil` is `unknown`.
    package func versions(in span: CaptureSpan) async throws -> [String?: Int] {
        try await database.read { database in
            let condition = span.condition(try database.sample())
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT version, count(*) AS rows FROM captured
                    WHERE \(condition.sql) AND parts & \(RowBatch.Parts.predictions.rawValue) != 0
                    GROUP BY version
                    """, arguments: condition.arguments)
            return Dictionary(rows.map { ($0["version"], $0["rows"]) }) { a, _ in a }
        }
    }
}

extension CaptureCohort {
    fileprivate mutating func append(_ row: Row, _ unpacker: RowUnpacker) throws {
        times.append(Timestamp(nanoseconds: row["time"]))
        versions.append(row["version"])
        scores.append(row["score"])
        classes.append(row["class"])
        let label = Truth(row["label"] as DatabaseValue)
        labels.append(label)
        let answer = JoinedRow.Packed(row["answer_layout"], row["answer"])
        probabilities.append(try label.flatMap { try unpacker.probability(of: $0.description, in: answer) })
    }
}

extension Database {
    /// The sample as it was last saved.
    func sample() throws -> CaptureSample {
        guard let body = try Data.fetchOne(self, sql: "SELECT body FROM state") else { return .everything }
        return try JSONDecoder().decode(CaptureState.self, from: body).sample
    }

    fileprivate func maturity(of span: CaptureSpan) throws -> CaptureMaturity {
        let sample = try sample()
        let condition = span.condition(sample)
        let row = try Row.fetchOne(
            self,
            sql: """
                SELECT count(*) AS rows, count(label) AS labelled, min(time) AS oldest, max(time) AS newest
                FROM captured WHERE \(condition.sql) AND parts & \(RowBatch.Parts.predictions.rawValue) != 0
                """, arguments: condition.arguments)
        let (oldest, newest): (Int64?, Int64?) = (row?["oldest"], row?["newest"])
        return CaptureMaturity(
            rows: row?["rows"] ?? 0, labelled: row?["labelled"] ?? 0,
            oldest: oldest.map(Timestamp.init(nanoseconds:)),
            newest: newest.map(Timestamp.init(nanoseconds:)), sampleRate: sample.rate)
    }
}
