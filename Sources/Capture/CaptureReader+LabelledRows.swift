import Drift
import GRDB

extension CaptureReader {
    /// Takes the answered rows of a span whose truth is known into a value, one by one in order of their time; never more
    /// than one is held.
    package func reduceLabelledRows<Result: Sendable>(
        of span: CaptureSpan, into initial: Result,
        _ update: @escaping @Sendable (inout Result, LabelledRow) throws -> Void
    ) async throws -> Result {
        try await database.read { database in
            let condition = span.condition(try database.sample())
            let unpacker = try RowUnpacker(database)
            let rows = try Row.fetchCursor(
                database,
                sql: """
                    SELECT \(JoinedRow.selection) FROM captured
                    WHERE \(condition.sql) AND label IS NOT NULL
                        AND parts & \(RowBatch.Parts.predictions.rawValue) != 0
                    ORDER BY time, key
                    """, arguments: condition.arguments)
            var result = initial
            while let row = try rows.next() {
                if let labelled = try LabelledRow(JoinedRow(row), unpacker) { try update(&result, labelled) }
            }
            return result
        }
    }
}

extension LabelledRow {
    fileprivate init?(_ row: JoinedRow, _ unpacker: RowUnpacker) throws {
        self.init(row)
        probability = try unpacker.probability(of: label.description, in: row.answer)
    }
}
