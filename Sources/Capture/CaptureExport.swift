package import Drift
import Foundation
import GRDB

/// Rows that were served, as a training set: what the model was fed is what a trainer gets.
package struct CaptureExport: Sendable {
    package enum Format: String, CaseIterable, Sendable { case csv, sqlite }

    package var model: String
    package var span: CaptureSpan
    /// Leaves out rows whose truth is not known.
    package var labelledOnly: Bool

    package init(model: String, span: CaptureSpan = CaptureSpan(), labelledOnly: Bool = false) {
        (self.model, self.span, self.labelledOnly) = (model, span, labelledOnly)
    }

    /// What was exported.
    package struct Summary: Sendable, Equatable {
        package var rows: Int
        package var labelled: Int
        package var features: [Feature]
        package var versions: [String?]
        package var oldest: Timestamp?
        package var newest: Timestamp?
        package var sampleRate: Double
        /// SHA-256 over the content, in hexadecimal: the same for the same rows, in either format.
        package var digest: String
    }

    /// A column, and the datatypes its values were served in.
    package struct Feature: Sendable, Equatable {
        package var name: String
        package var datatypes: [Datatype]
    }
}

extension CaptureReader {
    /// Writes the rows to a file, which is there in full or not at all.
    ///
    /// Rows come by time, then id, then their index in the request.
    ///
    /// - Throws: `UnusableOutput` for a file that cannot be written, or must not be.
    package func export(
        _ export: CaptureExport, as format: CaptureExport.Format, to path: String
    ) async throws -> CaptureExport.Summary {
        try OutputFile(path).check(sparing: self.path)
        return try await database.read { database in
            let rows = try ExportedRows(export, database)
            let columns = try ExportColumns(rows)
            let partial = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
            defer { try? FileManager.default.removeItem(atPath: partial) }
            let summary =
                switch format {
                case .csv: try CSVExport(path: partial).write(rows, columns)
                case .sqlite: try SQLiteExport(path: partial).write(rows, columns)
                }
            try OutputFile(path).replace(by: partial)
            return summary
        }
    }

    /// The summary of an export, without it.
    package func summary(of export: CaptureExport) async throws -> CaptureExport.Summary {
        try await database.read { database in
            let rows = try ExportedRows(export, database)
            var tally = ExportTally(rows, try ExportColumns(rows))
            try rows.forEach { tally.add($0) }
            return tally.finish()
        }
    }
}

/// The rows of an export within one state of the store.
struct ExportedRows {
    let export: CaptureExport
    let sample: CaptureSample
    private let database: Database
    private let unpacker: RowUnpacker

    init(_ export: CaptureExport, _ database: Database) throws {
        (self.export, self.database) = (export, database)
        sample = try database.sample()
        unpacker = try RowUnpacker(database)
    }

    func forEach(_ body: (CapturedRow) throws -> Void) throws {
        let condition = export.span.condition(sample)
        let rows = try Row.fetchCursor(
            database,
            sql: """
                SELECT \(JoinedRow.selection) FROM captured WHERE \(condition.sql) AND parts & 3 != 0
                \(export.labelledOnly ? "AND label IS NOT NULL" : "")
                ORDER BY time, CAST(id AS BLOB), position
                """, arguments: condition.arguments)
        while let row = try rows.next() { try body(unpacker.unpack(JoinedRow(row))) }
    }
}

/// The columns of a table of rows: what every row has, then each feature that one of them has, by name, then the
/// answer and the truth.
struct ExportColumns {
    struct Field {
        var name: String
        var header: String
        var datatypes: [Datatype] = []
    }

    private(set) var features: [Field] = []
    private(set) var answer: [Field] = []

    static let before = ["id", "row", "time", "model_version", "arm", "segment"]
    static let after = ["score", "class"]
    static let last = ["label", "label_time"]

    init(_ rows: ExportedRows) throws {
        var (features, answer) = (FieldUnion(), FieldUnion())
        try rows.forEach { row in
            features.add(row.features)
            answer.add(row.answer)
        }
        var taken = Set(ExportColumns.before + ExportColumns.after + ExportColumns.last)
        self.features = features.fields(&taken, prefix: "feature.")
        self.answer = answer.fields(&taken, prefix: "answer.")
    }

    var header: [String] {
        ExportColumns.before + features.map(\.header) + ExportColumns.after + answer.map(\.header)
            + ExportColumns.last
    }
}

private struct FieldUnion {
    private var datatypes: [[UInt8]: Set<Datatype>] = [:]
    private var newest: [CapturedRow.Field] = []

    mutating func add(_ fields: [CapturedRow.Field]) {
        for field in fields { datatypes[Array(field.name.utf8), default: []].insert(field.value.datatype) }
    }

    /// A name that another column has, in whatever case, gets a prefix: SQLite tells columns apart without it. Nor can
    /// its names hold a NUL.
    func fields(_ taken: inout Set<String>, prefix: String) -> [ExportColumns.Field] {
        datatypes.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { bytes, datatypes in
            let name = String(decoding: bytes, as: UTF8.self)
            var header = name.isEmpty ? prefix : name.replacing("\0", with: "\u{FFFD}")
            while !taken.insert(header.lowercased()).inserted { header = prefix + header }
            return ExportColumns.Field(
                name: name, header: header, datatypes: datatypes.sorted { $0.code < $1.code })
        }
    }
}

/// Counts and names what is exported.
struct ExportTally {
    private var hash: ContentHash
    private var summary: CaptureExport.Summary
    private var versions: Set<String?> = []

    init(_ rows: ExportedRows, _ columns: ExportColumns) {
        hash = ContentHash(model: rows.export.model)
        summary = CaptureExport.Summary(
            rows: 0, labelled: 0,
            features: columns.features.map { .init(name: $0.name, datatypes: $0.datatypes) }, versions: [],
            sampleRate: rows.sample.rate, digest: "")
    }

    mutating func add(_ row: CapturedRow) {
        hash.add(row)
        summary.rows += 1
        if row.label != nil { summary.labelled += 1 }
        summary.oldest = summary.oldest ?? row.time
        summary.newest = row.time
        versions.insert(row.version)
    }

    mutating func finish() -> CaptureExport.Summary {
        summary.versions = versions.sorted { ($0 ?? "") < ($1 ?? "") }
        summary.digest = hash.finish()
        return summary
    }
}
