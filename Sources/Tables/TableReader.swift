package import Drift

/// Reads a CSV file, or the rows of a SQLite database, as rows of a model: `RowBatch`es with typed columns.
package struct TableReader: ~Copyable {
    private var file: TextRows
    private let layout: TableLayout
    private let kinds: [String: Feature.Kind]
    private var rowsRead = 0
    /// Batches that were read and not yet handed out, the next one last.
    private var waiting: [RowBatch] = []

    /// - Parameters:
    ///   - schema: says which features are numbers; without it every batch finds out for itself, so read the
    ///     whole table in one batch.
    package init(path: String, layout: TableLayout, schema: ModelSchema?) throws(TableError) {
        let file = try TextRows.open(path)
        for name in layout.named where !file.header.contains(name) {
            throw .missingColumn(path: file.path, name: name, known: file.header)
        }
        var layout = layout
        var kinds: [String: Feature.Kind] = [:]
        for feature in schema?.monitored ?? [] { kinds[feature.name] = feature.kind }
        if let schema {
            for name in schema.features.map(\.name) where !file.header.contains(name) {
                throw .missingColumn(path: file.path, name: name, known: file.header)
            }
            layout.ignored.formUnion(Set(file.header).subtracting(schema.features.map(\.name)))
        }
        (self.layout, self.kinds) = (layout, kinds)
        self.file = file
    }

    package var header: [String] { file.header }

    /// The next rows, at most `rows` of them and the whole rest by default, all of one model version; `nil` at
    /// the end.
    package mutating func next(rows: Int = .max) throws(TableError) -> RowBatch? {
        if waiting.isEmpty { waiting = try read(rows: rows).reversed() }
        return waiting.popLast()
    }

    private mutating func read(rows: Int) throws(TableError) -> [RowBatch] {
        guard let texts = try file.next(rows: rows) else { return [] }
        var batch = RowBatch()
        batch.count = texts[0].count
        for (name, text) in zip(file.header, texts) {
            guard let part = layout.part(of: name) else { continue }
            batch.parts.formUnion(part)
            batch.columns.append(Column(name: name, part: part, text: text, kind: kinds[name]))
        }
        if let id = column(layout.id, texts) { batch.ids = id }
        if let time = column(layout.time, texts) { batch.times = try parseTimes(time) }
        rowsRead += batch.count
        return column(layout.modelVersion, texts).map(batch.split) ?? [batch]
    }

    private func column(_ name: String?, _ texts: [TextColumn]) -> TextColumn? {
        name.flatMap(file.header.firstIndex).map { texts[$0] }
    }

    private func parseTimes(_ texts: TextColumn) throws(TableError) -> [Timestamp?] {
        var times: [Timestamp?] = []
        times.reserveCapacity(texts.count)
        for row in 0..<texts.count {
            let text = texts[row]
            let time = parseTime(text)
            guard time != nil || text.isEmpty else {
                throw .notATime(
                    path: file.path, row: rowsRead + row + 1, column: layout.time ?? "", text: text)
            }
            times.append(time)
        }
        return times
    }
}

/// A moment as RFC 3339 or as a Unix time; `nil` for anything else.
package func parseTime(_ text: String) -> Timestamp? {
    if let time = Timestamp(rfc3339: text) { return time }
    if let whole = Int64(text) { return Timestamp(unix: whole) }
    return Double(text).flatMap(Timestamp.init(unix:))
}

extension RowBatch {
    /// The runs of rows of one version; an empty text is no version.
    fileprivate func split(at versions: TextColumn) -> [RowBatch] {
        var (batches, start): ([RowBatch], Int) = ([], 0)
        while start < count {
            let version = versions[start]
            let end = (start..<count).first { versions[$0] != version } ?? count
            var batch = start == 0 && end == count ? self : selecting(Array(start..<end))
            batch.modelVersion = version.isEmpty ? nil : version
            batches.append(batch)
            start = end
        }
        return batches
    }
}
