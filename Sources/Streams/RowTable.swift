import Drift

/// Rows with the same parts, gathered cell by cell into the columns of a batch.
///
/// Rows mostly name the same features in the same order, so the place of a cell is where the last one was plus
/// one; only a row that differs is looked up by name.
struct RowTable {
    private(set) var batch = RowBatch()
    /// Where the column of a name is, for each part apart: a feature and a label may share a name.
    private var places: [RowBatch.Parts.RawValue: [String: Int]] = [:]
    /// Which columns have a value so far, and with it a datatype.
    private var isTyped: [Bool] = []
    private var cursor = 0

    /// Empties the table but keeps its columns, for rows like the last.
    mutating func begin(parts: RowBatch.Parts, version: JSONValue?) {
        batch.parts = parts
        batch.count = 0
        batch.setVersion(version)
        batch.ids.removeAll()
        batch.segments.removeAll()
        batch.removeServing()
        batch.times.removeAll(keepingCapacity: true)
        for i in batch.columns.indices {
            batch.columns[i].removeAllValues()
            isTyped[i] = false
        }
    }

    func accepts(parts: RowBatch.Parts, version: JSONValue?, hasID: Bool) -> Bool {
        guard batch.parts == parts, batch.ids.isEmpty != hasID else { return false }
        guard let version else { return batch.modelVersion == nil }
        return batch.modelVersion.map { version.spells($0) } ?? (version.spelling == nil)
    }

    mutating func append(_ row: RowFields, _ setup: DecoderSetup) throws(Rejection) {
        try setup.limits.check(cells: batch.count + 1, by: batch.columns.count)
        cursor = 0
        if let id = row.id { batch.ids.append(spelling: id) }
        append(segment: row.segment)
        try batch.append(unit: row.unit, latency: row.latency, error: row.error)
        try append(time: row.time)
        if let features = row.features { try append(members: features, .features, setup) }
        if let prediction = row.prediction {
            try append(prediction, named: setup.predictionName, .predictions, setup)
        }
        if let label = row.label { try append(label, named: setup.labelName, .labels, setup) }
        batch.count += 1
    }

    /// Gives every column a value a row, and drops those that none of the rows has.
    mutating func finish(_ setup: DecoderSetup) {
        if !batch.segments.isEmpty { batch.segments.pad(to: batch.count) }
        batch.padServing()
        if batch.columns.contains(where: { $0.count == 0 }) { dropEmptyColumns() }
        for i in batch.columns.indices { batch.columns[i].pad(to: batch.count) }
        for i in batch.columns.indices where !isTyped[i] {
            batch.columns[i].settle(setup.datatype(ofEmpty: batch.columns[i].name))
        }
    }
}

extension RowTable {
    private mutating func dropEmptyColumns() {
        let kept = batch.columns.indices.filter { batch.columns[$0].count > 0 }
        (batch.columns, isTyped) = (kept.map { batch.columns[$0] }, kept.map { isTyped[$0] })
        places.removeAll()
        for (place, column) in batch.columns.enumerated() {
            places[column.part.rawValue, default: [:]][column.name] = place
        }
    }
}

// MARK: - Cells

extension RowTable {
    private mutating func append(segment: JSONValue?) {
        guard let segment else { return }
        batch.segments.pad(to: batch.count)
        batch.segments.append(spelling: segment)
    }

    private mutating func append(time: JSONValue?) throws(Rejection) {
        if time == nil && batch.times.isEmpty { return }
        batch.times.resize(to: batch.count, filler: nil)
        batch.times.append(try time.map { (value) throws(Rejection) in try EventTime.read(value) })
    }

    private mutating func append(
        members object: JSONValue, _ part: RowBatch.Parts, _ setup: DecoderSetup
    ) throws(Rejection) {
        for (key, value) in object.members {
            let column = try place(key, part, setup.limits)
            try append(value, to: column)
        }
    }

    /// An answer or a label: one value, an object of named ones, or an array with one a class.
    private mutating func append(
        _ value: JSONValue, named name: String, _ part: RowBatch.Parts, _ setup: DecoderSetup
    ) throws(Rejection) {
        if value.isObject { return try append(members: value, part, setup) }
        guard value.isArray else {
            let column = try place(name, part, setup.limits)
            return try append(value, to: column)
        }
        let names = setup.indexedNames(of: name, width: value.elementCount)
        for (element, name) in zip(value.elements, names) {
            let column = try place(name, part, setup.limits)
            try append(element, to: column)
        }
    }

    private mutating func append(_ value: JSONValue, to column: Int) throws(Rejection) {
        try batch.columns[column].append(value, row: batch.count, isTyped: &isTyped[column])
    }

    private mutating func place(
        _ name: JSONText, _ part: RowBatch.Parts, _ limits: DecodingLimits
    ) throws(Rejection) -> Int {
        if isNext(part) && name == batch.columns[cursor].name { return advance(to: cursor) }
        try limits.check(name: name)
        return try lookUp(name.string, part, limits)
    }

    private mutating func place(
        _ name: String, _ part: RowBatch.Parts, _ limits: DecodingLimits
    ) throws(Rejection) -> Int {
        if isNext(part) && name == batch.columns[cursor].name { return advance(to: cursor) }
        return try lookUp(name, part, limits)
    }

    private func isNext(_ part: RowBatch.Parts) -> Bool {
        cursor < batch.columns.count && batch.columns[cursor].part == part
    }

    private mutating func advance(to column: Int) -> Int {
        cursor = column + 1
        return column
    }

    private mutating func lookUp(
        _ name: String, _ part: RowBatch.Parts, _ limits: DecodingLimits
    ) throws(Rejection) -> Int {
        if let known = places[part.rawValue]?[name] { return advance(to: known) }
        let column = batch.columns.count
        try limits.check(columns: column + 1)
        try limits.check(cells: batch.count + 1, by: column + 1)
        batch.columns.append(.untyped(name, part))
        isTyped.append(false)
        places[part.rawValue, default: [:]][name] = column
        return advance(to: column)
    }
}
