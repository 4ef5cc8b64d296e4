import Drift

/// Decodes `rows` messages: an object a row, or an array of them.
///
/// Rows with the same parts, version, and with or without an id, make one batch. Nothing is handed over before
/// the whole message has been read, so that a message counts in full or not at all.
struct RowsDecoder {
    /// The kinds of rows one message may mix.
    private static let maximumTables = 64

    private var tables: [RowTable] = []
    private var tablesInUse = 0

    mutating func decode(_ root: JSONValue, _ setup: DecoderSetup) throws(Rejection) {
        tablesInUse = 0
        if root.isArray {
            try setup.limits.check(rows: root.elementCount)
            for (index, row) in root.elements.enumerated() { try append(row, index, setup) }
        } else {
            try append(root, 0, setup)
        }
        for i in 0..<tablesInUse { tables[i].finish(setup) }
    }

    func withRows(_ consume: (borrowing RowBatch) -> Void) {
        for i in 0..<tablesInUse { consume(tables[i].batch) }
    }

    private mutating func append(_ row: JSONValue, _ index: Int, _ setup: DecoderSetup) throws(Rejection) {
        let fields = try RowFields(row, index: index)
        let table = try table(for: fields)
        do throws(Rejection) {
            try tables[table].append(fields, setup)
        } catch {
            throw Rejection(error.reason, "row \(index): \(error.detail)")
        }
    }

    private mutating func table(for row: RowFields) throws(Rejection) -> Int {
        let (parts, version, hasID) = (row.parts, row.version, row.id != nil)
        for i in 0..<tablesInUse where tables[i].accepts(parts: parts, version: version, hasID: hasID) {
            return i
        }
        guard tablesInUse < RowsDecoder.maximumTables else {
            throw Rejection(
                .oversized,
                "the message mixes more than \(RowsDecoder.maximumTables) kinds of rows and versions")
        }
        if tablesInUse == tables.count { tables.append(RowTable()) }
        tables[tablesInUse].begin(parts: parts, version: version)
        tablesInUse += 1
        return tablesInUse - 1
    }
}
