import Drift

extension CaptureReader {
    /// Takes the answered rows of a span whose truth is known into a value, one by one in order of their time; never more
    /// than one is held.
    package func reduceLabelledRows<Result: Sendable>(
        of span: CaptureSpan, into initial: Result,
        _ update: @escaping @Sendable (inout Result, LabelledRow) throws -> Void
    ) async throws -> Result {
        try await reduce(span, with: .predictions, and: "label IS NOT NULL", into: initial) {
            if let labelled = try LabelledRow($1, $2) { try update(&$0, labelled) }
        }
    }
}

extension LabelledRow {
    fileprivate init?(_ row: JoinedRow, _ unpacker: RowUnpacker) throws {
        self.init(row)
        probability = try unpacker.probability(of: label.description, in: row.answer)
    }
}
