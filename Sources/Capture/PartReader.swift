import Drift
import GRDB

/// Reads the rows of one part.
struct PartReader {
    enum LabelReading {
        case label(Truth)
        /// The row has none, whatever the batch has.
        case empty
        /// What cannot be the truth about the model's answers, as it came.
        case refused(String)
    }

    let part: CapturePart
    private let arrival: Int64
    private let features: PackedPart?
    private let answers: PackedPart?
    private let answer: AnswerReader
    private let scoring: AnswerScoring?
    private let labelColumn: Drift.Column?

    init(
        _ part: CapturePart, _ schema: ModelSchema?, clock: StoreClock, _ layouts: inout LayoutBook,
        _ database: Database
    ) throws {
        self.part = part
        arrival = clock.now
        let batch = part.rows
        features =
            batch.parts.contains(.features)
            ? try PackedPart(batch, part: .features, &layouts, database) : nil
        let isWide = batch.columns.count { $0.part == .predictions } > 1
        answers = isWide ? try PackedPart(batch, part: .predictions, &layouts, database) : nil
        answer = AnswerReader(batch, schema: schema)
        scoring = AnswerScoring(schema)
        labelColumn = batch.labelColumn(schema)
    }

    /// Values a row whose names are too many to be kept.
    var unnamed: Int { (features?.unnamed ?? 0) + (answers?.unnamed ?? 0) }

    /// A row with all but its label.
    func row(_ row: Int) -> JoinedRow {
        let parts = part.rows.parts
        let own = part.rows.time(ofRow: row)?.nanoseconds
        let wall = part.arrival.nanoseconds
        var joined = JoinedRow(
            hash: part.hashes[row], id: part.id(ofRow: row), index: Int64(part.indices[row]), parts: parts,
            arrival: arrival, time: own ?? wall, timeOrigin: timeOrigin(isOwn: own != nil),
            version: nil, versionOrigin: .none, arm: part.arm, segment: part.rows.segment(ofRow: row),
            unit: part.rows.unit(ofRow: row))
        if let version = part.rows.modelVersion, parts != .labels {
            joined.version = version
            joined.versionOrigin = parts.contains(.predictions) ? .answer : .inputs
        }
        joined.features = features?.row(row)
        if parts.contains(.predictions) {
            (joined.score, joined.class) = answer.read(part.rows, row: row)
            if joined.score?.isNaN == true { joined.score = nil }
            joined.answer = answers?.row(row)
        }
        if parts.contains(.labels) { (joined.labelTime, joined.hasOwnLabelTime) = (own ?? wall, own != nil) }
        return joined
    }

    private func timeOrigin(isOwn: Bool) -> JoinedRow.TimeOrigin {
        let parts = part.rows.parts
        if parts == .labels { return .labelArrival }
        if !isOwn { return .servedArrival }
        return parts.contains(.features) ? .inputs : .answer
    }

    func label(_ row: Int) -> LabelReading {
        guard let column = labelColumn, column.missing.isEmpty || !column.missing[row] else { return .empty }
        guard let label = Truth(column, row: row) else { return .refused("not a number") }
        guard !label.isEmpty else { return .empty }
        // Without a schema anything may be the truth.
        guard let scoring else { return .label(label) }
        return scoring.truth(label).map { .label($0) } ?? .refused(label.description)
    }
}

extension JoinedRow {
    /// About as many bytes as the row takes up on disk.
    var byteCount: Int64 {
        var count = 100
        if case .text(let id) = id { count += id.utf8.count }
        count += features?.bytes.count ?? 0
        count += answer?.bytes.count ?? 0
        count += (segment?.utf8.count ?? 0) + (unit?.utf8.count ?? 0)
        return Int64(count + (`class`?.utf8.count ?? 0))
    }
}
