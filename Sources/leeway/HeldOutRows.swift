import Drift
import Tables

/// Rows that a model was not trained on, with what it says of them.
enum HeldOutRows {
    /// - Parameters:
    ///   - path: the rows, with their labels where they have some.
    ///   - scores: `id,score[,class]`, a line a row in their order.
    static func read(
        _ path: String, scores: String, schema: ModelSchema, timeColumn: String?
    ) throws -> RowBatch {
        guard let prediction = schema.prediction,
            let feature = schema.monitored.first(where: { $0.family == .prediction })
        else {
            throw CommandFailure(message: "leeway: the schema says of no prediction: leave out --held-out")
        }
        let (rows, answers) = (try TextTableFile(path), try TextTableFile(scores))
        let wanted = [schema.label?.tensor, "label"].compactMap(\.self)
        let label = wanted.first { rows.column($0) != nil }
        var reader = try TableReader(
            path: path, layout: TableLayout(time: timeColumn, label: label), schema: schema.withoutPrediction)
        guard var batch = try reader.next() else {
            throw CommandFailure(message: "\(path): has a header and no rows")
        }
        guard answers.rows == batch.count else {
            throw CommandFailure(
                message:
                    "leeway: \(scores): has \(answers.rows) rows, \(path) \(batch.count): score all of its rows"
            )
        }
        let answer = try answers.required(prediction.kind == .class ? "class" : "score")
        batch.columns.append(
            Column(name: prediction.tensor, part: .predictions, text: answer, kind: feature.kind))
        batch.parts.formUnion(.predictions)
        return batch
    }
}

extension ModelSchema {
    /// What the inputs mean, and no more.
    var withoutPrediction: ModelSchema {
        var schema = self
        schema.prediction = nil
        return schema
    }
}
