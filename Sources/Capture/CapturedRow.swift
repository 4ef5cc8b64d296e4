import Drift
import GRDB

/// A row as a training set has it: what was served, and the truth.
struct CapturedRow {
    struct Field: Equatable {
        var name: String
        var value: PackedValue
    }

    var id: CapturedID
    /// The row's index in its request.
    var index: Int64
    var time: Timestamp
    var version: String?
    var arm: String?
    var segment: String?
    /// By name.
    var features: [Field]
    var score: Double?
    var `class`: String?
    /// The columns of an answer that has several, by name.
    var answer: [Field]
    var label: Truth?
    var labelTime: Timestamp?
}

/// Unpacks what rows hold by the layouts of their store.
struct RowUnpacker {
    private var layouts: [Int64: FeatureLayout] = [:]
    private var names: [UInt32: String] = [:]

    init(_ database: Database) throws {
        for row in try Row.fetchAll(database, sql: "SELECT layout, fields FROM layout") {
            layouts[row["layout"]] = try FeatureLayout(encoded: row["fields"])
        }
        for row in try Row.fetchAll(database, sql: "SELECT number, name FROM feature") {
            names[row["number"]] = row["name"]
        }
    }

    func unpack(_ row: JoinedRow) throws -> CapturedRow {
        CapturedRow(
            id: row.id, index: row.index, time: Timestamp(nanoseconds: row.time), version: row.version,
            arm: row.arm, segment: row.segment, features: try fields(row.features), score: row.score,
            class: row.class, answer: try fields(row.answer), label: row.label,
            labelTime: row.labelTime.map(Timestamp.init(nanoseconds:)))
    }

    /// What an answer gave a class; `nil` where it does not give every class a probability.
    func probability(of name: String, in answer: JoinedRow.Packed?) throws -> Double? {
        try fields(answer).first { $0.name.bracketed == name }?.value.real
    }

    private func fields(_ packed: JoinedRow.Packed?) throws -> [CapturedRow.Field] {
        guard let packed else { return [] }
        guard let fields = packed.layout == LayoutBook.sparse ? sparse(packed) : dense(packed) else {
            throw DamagedRow()
        }
        return fields
    }

    private func dense(_ packed: JoinedRow.Packed) -> [CapturedRow.Field]? {
        guard let layout = layouts[packed.layout] else { return nil }
        return layout.unpack([UInt8](packed.bytes)).map { values in
            zip(layout.fields, values).map { CapturedRow.Field(name: $0.name, value: $1) }
        }
    }

    private func sparse(_ packed: JoinedRow.Packed) -> [CapturedRow.Field]? {
        guard let values = SparseRow.unpack([UInt8](packed.bytes)) else { return nil }
        var fields: [CapturedRow.Field] = []
        for (number, value) in values {
            guard let name = names[number] else { return nil }
            fields.append(CapturedRow.Field(name: name, value: value))
        }
        return fields
    }
}

struct DamagedRow: Error, CustomStringConvertible {
    var description: String { "a stored row cannot be read: the store is damaged" }
}
