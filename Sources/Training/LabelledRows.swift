package import Drift
import Tables

/// The rows of a file whose label is known, as numbers: what there is before anything is learnt from it.
package struct LabelledRows {
    package let path: String
    /// Row by row, in the schema's order of features; categories by the codes of `cells`.
    package internal(set) var values: [Float] = []
    /// A quantity, or the code of a class in `classes`.
    package internal(set) var labels: [Float] = []
    /// As many as rows where they were asked for, else none.
    package internal(set) var times: [Timestamp] = []
    package internal(set) var unlabelled = 0
    var cells: CellEncoder
    var classes = CategoryBook()
    let schema: TrainingSchema

    package var count: Int { labels.count }

    fileprivate init(path: String, _ schema: TrainingSchema) {
        self.path = path
        cells = CellEncoder(learning: schema.schema.features)
        self.schema = schema
    }
}

extension LabelledRows {
    private static let blockSize = 1 << 14

    /// Reads a file in full.
    ///
    /// - Parameter timeColumn: where every row's time is needed, the column that has it.
    package static func read(
        _ path: String, _ schema: TrainingSchema, timeColumn: String? = nil
    ) throws -> LabelledRows {
        var file = try TextRows.open(path)
        let places = try ColumnPlaces(file.header, features: schema.schema.features.map(\.name), path: path)
        let label = try places.label(schema.label)
        let time = try timeColumn.map { try places.time($0) }
        var rows = LabelledRows(path: path, schema)
        var firstRow = 1
        while let block = try file.next(rows: blockSize) {
            let read = block[0].count
            let labelled = (0..<read).filter { !isUnlabelled(block[label], $0) }
            rows.unlabelled += read - labelled.count
            let kept = labelled.count == read ? block : block.map { $0.selecting(labelled) }
            try rows.append(kept, LabelledPlaces(places, label, time), lines: labelled.map { firstRow + $0 })
            firstRow += read
        }
        guard firstRow > 1 else { throw DataProblem("\(path): has no rows") }
        guard rows.count > 0 else {
            throw DataProblem("\(path): none of its \(firstRow - 1) rows has a label")
        }
        return rows
    }
}

/// The columns that are read.
private struct LabelledPlaces {
    let (features, label, time): ([Int], Int, Int?)

    init(_ places: ColumnPlaces, _ label: Int, _ time: Int?) {
        (features, self.label, self.time) = (places.features, label, time)
    }
}

/// Whether a row has no label: an empty cell, NA, NaN and their like.
func isUnlabelled(_ column: TextColumn, _ row: Int) -> Bool {
    parseNumber(column.bytes.span.extracting(column.range(row)))?.isNaN ?? false
}

extension LabelledRows {
    private mutating func append(
        _ block: [TextColumn], _ places: LabelledPlaces, lines: [Int]
    ) throws(DataProblem) {
        try cells.append(places.features.map { block[$0] }, lines: lines, to: &values, path: path)
        if let time = places.time { try append(times: block[time], lines) }
        switch schema.task {
        case .regression: try append(quantities: block[places.label], lines)
        case .binary, .multiclass: append(classes: block[places.label])
        }
    }

    private mutating func append(times column: TextColumn, _ lines: [Int]) throws(DataProblem) {
        for (row, line) in lines.enumerated() {
            guard let time = parseTime(column[row]) else {
                throw DataProblem(
                    "\(path): row \(line): '\(column[row])' is no time (RFC 3339 or Unix), and the last rows by time are "
                        + "to be held out: mend it, or name a --holdout")
            }
            times.append(time)
        }
    }

    private mutating func append(quantities column: TextColumn, _ lines: [Int]) throws(DataProblem) {
        for (row, line) in lines.enumerated() {
            let number = parseNumber(column.bytes.span.extracting(column.range(row))).map { Float($0) }
            guard let number, number.isFinite else {
                throw DataProblem(
                    "\(path): row \(line): the label '\(column[row])' is no finite number, and the task is regression"
                )
            }
            labels.append(number)
        }
    }

    private mutating func append(classes column: TextColumn) {
        for row in 0..<column.count {
            labels.append(Float(classes.addedCode(of: Array(className(column[row]).utf8).span)))
        }
    }
}

/// A label as the name of a class: `1` for 1, for 1.0 and for true, as the agent names it.
func className(_ text: String) -> String {
    let name = withCategoryName(Array(text.utf8).span) { cell in
        unsafe cell.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
    return name == "true" ? "1" : name == "false" ? "0" : name
}

// MARK: - Parts of them

extension LabelledRows {
    /// The rows at `indices`, in that order.
    func selecting(_ indices: [Int]) -> LabelledRows {
        let width = schema.schema.features.count
        var selection = self
        selection.times = times.isEmpty ? [] : indices.map { times[$0] }
        selection.labels = indices.map { labels[$0] }
        selection.values = []
        selection.values.reserveCapacity(indices.count * width)
        for index in indices {
            selection.values.append(contentsOf: values[index * width..<(index + 1) * width])
        }
        return selection
    }

    /// The last rows by time, and those before them. Rows of one moment stay together.
    ///
    /// - Parameter share: how much of the rows is held out, at least.
    package func split(holdingOut share: Double) throws(DataProblem) -> (
        training: LabelledRows, holdout: LabelledRows
    ) {
        precondition(times.count == count, "every row needs its time")
        let cut = times.sorted()[min(count - 1, Int(Double(count) * (1 - share)))]
        let training = (0..<count).filter { times[$0] < cut }
        let holdout = (0..<count).filter { times[$0] >= cut }
        guard !training.isEmpty else {
            throw DataProblem(
                "\(path): the last \(Int(share * 100)) % of its \(count) labelled rows cannot be told from the others by "
                    + "time: name a --holdout")
        }
        return (selecting(training), selecting(holdout))
    }
}
