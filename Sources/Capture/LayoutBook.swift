import Drift
import Foundation
import GRDB

/// The layouts and the names of features that a store knows by number.
struct LayoutBook: Sendable {
    /// A layout's number that says that a row is sparse.
    static let sparse: Int64 = 0
    static let layoutLimit = 256
    static let nameLimit = 16_384

    private var layouts: [FeatureLayout: Int64] = [:]
    private var names: [String: UInt32] = [:]

    init() {}

    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT layout, fields FROM layout") {
            layouts[try FeatureLayout(encoded: row["fields"])] = row["layout"]
        }
        for row in try Row.fetchAll(database, sql: "SELECT number, name FROM feature") {
            names[row["name"]] = row["number"]
        }
    }

    /// The number of a layout, as long as there are not too many.
    mutating func number(of layout: FeatureLayout, _ database: Database) throws -> Int64? {
        if let known = layouts[layout] { return known }
        guard layouts.count < LayoutBook.layoutLimit else { return nil }
        let number = Int64(layouts.count + 1)
        try database.execute(
            sql: "INSERT INTO layout (layout, fields) VALUES (?, ?)",
            arguments: [number, try layout.encoded()])
        layouts[layout] = number
        return number
    }

    /// The number of a name, as long as there are not too many.
    mutating func number(of name: String, _ database: Database) throws -> UInt32? {
        if let known = names[name] { return known }
        guard names.count < LayoutBook.nameLimit else { return nil }
        let number = UInt32(names.count + 1)
        try database.execute(
            sql: "INSERT INTO feature (number, name) VALUES (?, ?)", arguments: [number, databaseText(name)])
        names[name] = number
        return number
    }
}

/// The rows of one part of a batch, packed by the layout's number or sparsely.
struct PackedPart {
    private let rows: PackedRows
    private let layout: Int64
    private var names: [UInt32?] = []

    init(
        _ batch: RowBatch, part: RowBatch.Parts, _ book: inout LayoutBook, _ database: Database
    ) throws {
        rows = PackedRows(batch, part: part)
        if let number = try book.number(of: rows.layout, database) {
            layout = number
        } else {
            layout = LayoutBook.sparse
            names = try rows.layout.fields.map { try book.number(of: $0.name, database) }
        }
    }

    /// Fields whose names are too many to be kept.
    var unnamed: Int { names.count { $0 == nil } }

    func row(_ row: Int) -> JoinedRow.Packed {
        let bytes = rows.row(row)
        guard layout == LayoutBook.sparse else { return JoinedRow.Packed(layout: layout, bytes: bytes) }
        let values = rows.layout.unpack([UInt8](bytes)) ?? []
        return JoinedRow.Packed(layout: layout, bytes: SparseRow.pack(values, names: names))
    }
}
