package import Drift
import Foundation
package import Retraining
import Tables

/// Reads a training set's file in full: what is in it, whether it fits its schema, and the reference it makes.
///
/// All of it is held while it is read: the text of the file, and 8 bytes a cell.
package struct TrainingSetInspector {
    private let path: String
    private let schema: ModelSchema
    private let timeColumn: String?

    /// - Parameter timeColumn: without one, the column `time` where the file has it.
    package init(path: String, schema: ModelSchema, timeColumn: String? = nil) {
        (self.path, self.schema, self.timeColumn) = (path, schema, timeColumn)
    }

    /// - Throws: `TableError` or `UnusableTrainingSet`, whose sentences say what is wrong and where.
    package func inspect() throws -> (facts: TrainingSetFacts, reference: Reference) {
        try refuseWriteAheadLog()
        var file = try TextRows.open(path)
        let columns = try TrainingSetColumns(file.header, schema, timeColumn: timeColumn, path: path)
        guard let texts = try file.next(rows: .max) else { throw TableError.noRows(path: path) }
        let batch = try batch(texts, columns)
        let reference = try reference(of: batch)
        return (facts(texts, columns, batch, reference), reference)
    }

    /// What stands in a log beside the database would be missing: only the file itself is uploaded.
    private func refuseWriteAheadLog() throws(UnusableTrainingSet) {
        let head = firstBytes(20, of: path)
        guard head.starts(with: "SQLite format 3\0".utf8), head.count == 20, head[18] == 2 || head[19] == 2
        else { return }
        throw UnusableTrainingSet(
            "\(path): is a database with a write-ahead log, which is another file; "
                + "run 'PRAGMA journal_mode = DELETE' on it first")
    }

    // MARK: Rows

    private func batch(_ texts: [TextColumn], _ columns: TrainingSetColumns) throws -> RowBatch {
        var batch = RowBatch()
        batch.count = texts[0].count
        batch.parts = .features
        for (feature, place) in zip(schema.features, columns.features) {
            if feature.kind == .numeric { try requireNumbers(texts[place], feature.name) }
            batch.columns.append(
                Column(name: feature.name, part: .features, text: texts[place], kind: feature.kind))
        }
        if let time = columns.time { batch.times = try times(texts[time], columns.name(time)) }
        return batch
    }

    private func requireNumbers(_ column: TextColumn, _ feature: String) throws(UnusableTrainingSet) {
        for row in 0..<column.count where parseNumber(column.bytes.span.extracting(column.range(row))) == nil
        {
            throw UnusableTrainingSet(
                "\(path): row \(row + 1): '\(column[row].prefix(100))' is no number, and the schema says that feature "
                    + "'\(feature)' is numeric")
        }
    }

    private func times(_ column: TextColumn, _ name: String) throws(TableError) -> [Timestamp?] {
        var times: [Timestamp?] = []
        times.reserveCapacity(column.count)
        for row in 0..<column.count {
            let text = column[row]
            let time = parseTime(text)
            guard time != nil || text.isEmpty else {
                throw .notATime(path: path, row: row + 1, column: name, text: String(text.prefix(100)))
            }
            times.append(time)
        }
        return times
    }

    /// As `leeway reference build` makes it of the file: inputs alone, since a model to come answers otherwise, and with
    /// times in blocks of a day.
    private func reference(of batch: RowBatch) throws -> Reference {
        var schema = schema
        schema.prediction = nil
        var options = ReferenceBuilder.Options()
        options.blockLength = batch.times.isEmpty ? nil : .nanoseconds(86_400_000_000_000)
        var builder = ReferenceBuilder(schema: schema, options: options)
        builder.add(batch)
        do {
            return try builder.build()
        } catch {
            throw UnusableTrainingSet("\(path): \(error)")
        }
    }

    // MARK: Facts

    private func facts(
        _ texts: [TextColumn], _ columns: TrainingSetColumns, _ batch: RowBatch, _ reference: Reference
    ) -> TrainingSetFacts {
        let times = batch.times.lazy.compactMap(\.self)
        let label = texts[columns.label]
        return TrainingSetFacts(
            rows: batch.count, labelled: (0..<batch.count).count { isLabelled(label, $0) },
            labelColumn: columns.name(columns.label), timeColumn: columns.time.map(columns.name),
            first: times.min(), last: times.max(),
            labelCutoff: columns.labelTime.flatMap { newest(texts[$0]) },
            reference: reference.id)
    }

    /// An empty cell, NA, NaN and their like are no label.
    private func isLabelled(_ column: TextColumn, _ row: Int) -> Bool {
        !(parseNumber(column.bytes.span.extracting(column.range(row)))?.isNaN ?? false)
    }

    private func newest(_ column: TextColumn) -> Timestamp? {
        (0..<column.count).lazy.compactMap { parseTime(column[$0]) }.max()
    }
}

/// What is wrong with a training set: what, where, and what to do.
package struct UnusableTrainingSet: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

private func firstBytes(_ count: Int, of path: String) -> [UInt8] {
    guard let file = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? file.close() }
    return ((try? file.read(upToCount: count)) ?? nil).map(Array.init) ?? []
}
