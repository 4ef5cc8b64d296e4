package import Drift

/// Reads a CSV file as rows of a model: `RowBatch`es with typed columns.
package struct TableReader: ~Copyable {
    private var csv: CSVReader
    private let layout: TableLayout
    private let kinds: [String: Feature.Kind]
    private var rowsRead = 0

    /// - Parameters:
    ///   - schema: says which features are numbers; without it every batch finds out for itself, so read the
    ///     whole table in one batch.
    package init(path: String, layout: TableLayout, schema: ModelSchema?) throws(TableError) {
        let csv = try CSVReader.open(path)
        for name in layout.named where !csv.header.contains(name) {
            throw .missingColumn(path: csv.path, name: name, known: csv.header)
        }
        var layout = layout
        var kinds: [String: Feature.Kind] = [:]
        for feature in schema?.monitored ?? [] { kinds[feature.name] = feature.kind }
        if let schema {
            for name in schema.features.map(\.name) where !csv.header.contains(name) {
                throw .missingColumn(path: csv.path, name: name, known: csv.header)
            }
            layout.ignored.formUnion(Set(csv.header).subtracting(schema.features.map(\.name)))
        }
        (self.layout, self.kinds) = (layout, kinds)
        self.csv = csv
    }

    package var header: [String] { csv.header }

    /// The next rows, at most `rows` of them and the whole rest by default; `nil` at the end.
    package mutating func next(rows: Int = .max) throws(TableError) -> RowBatch? {
        guard let texts = try csv.next(rows: rows) else { return nil }
        var batch = RowBatch()
        batch.count = texts[0].count
        for (name, text) in zip(csv.header, texts) {
            guard let part = layout.part(of: name) else { continue }
            batch.parts.formUnion(part)
            batch.columns.append(Column(name: name, part: part, text: text, kind: kinds[name]))
        }
        if let id = column(layout.id, texts) { batch.ids = id }
        if let time = column(layout.time, texts) { batch.times = try parseTimes(time) }
        if let versions = column(layout.modelVersion, texts), batch.count > 0 {
            batch.modelVersion = versions[0]
        }
        rowsRead += batch.count
        return batch
    }

    private func column(_ name: String?, _ texts: [TextColumn]) -> TextColumn? {
        name.flatMap(csv.header.firstIndex).map { texts[$0] }
    }

    private func parseTimes(_ texts: TextColumn) throws(TableError) -> [Timestamp?] {
        var times: [Timestamp?] = []
        times.reserveCapacity(texts.count)
        for row in 0..<texts.count {
            let text = texts[row]
            let time = Timestamp(rfc3339: text) ?? Double(text).flatMap(Timestamp.init(unix:))
            guard time != nil || text.isEmpty else {
                throw .notATime(
                    path: csv.path, row: rowsRead + row + 1, column: layout.time ?? "", text: text)
            }
            times.append(time)
        }
        return times
    }
}
