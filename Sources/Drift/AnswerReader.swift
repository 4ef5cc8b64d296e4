/// Finds the score and the class in what a model answered: as its schema says, else by the columns' datatypes.
package struct AnswerReader {
    private enum Form {
        case columns(score: Int?, class: Int?)
        /// One probability a class.
        case probabilities([(column: Int, name: String)], positive: Int?)
    }

    private let form: Form

    package init(_ batch: RowBatch, schema: ModelSchema?) {
        let columns = batch.columns.indices.filter { batch.columns[$0].part == .predictions }
        let declared = schema?.prediction
        if declared?.kind == .probabilities {
            form = AnswerReader.probabilities(columns, batch, schema)
            return
        }
        let named = declared.flatMap { prediction in
            columns.first { batch.columns[$0].name == prediction.tensor }
        }
        let numeric = columns.first { batch.columns[$0].datatype.isReal }
        let discrete = columns.first { !batch.columns[$0].datatype.isReal }
        switch declared?.kind {
        case .score, .value:
            let score = named ?? numeric ?? columns.first
            form = .columns(score: score, class: discrete == score ? nil : discrete)
        case .class:
            let answer = named ?? discrete ?? columns.first
            form = .columns(score: numeric == answer ? nil : numeric, class: answer)
        default:
            let score = numeric ?? (schema?.task == .regression ? discrete : nil)
            form = .columns(score: score, class: discrete == score ? nil : discrete)
        }
    }

    private static func probabilities(_ columns: [Int], _ batch: RowBatch, _ schema: ModelSchema?) -> Form {
        let real = columns.filter { batch.columns[$0].datatype.isReal }
        let classes = schema?.prediction?.classes
        let names = classes?.count == real.count ? classes : nil
        let named = real.enumerated().map { index, column in
            (column: column, name: names?[index] ?? batch.columns[column].name.bracketed)
        }
        let declared = named.firstIndex { $0.name == schema?.prediction?.positive }
        let last = schema?.task == .binary && !named.isEmpty ? named.count - 1 : nil
        return .probabilities(named, positive: declared ?? last)
    }

    /// `score` is the probability of the positive class, or of the likeliest where none is positive.
    package func read(_ batch: RowBatch, row: Int) -> (score: Double?, class: String?) {
        switch form {
        case .columns(let score, let `class`):
            return (
                score.flatMap { batch.columns[$0].value(row) { $0.number(row) } },
                `class`.flatMap { batch.columns[$0].value(row) { $0.category(row) } }
            )
        case .probabilities(let columns, let positive):
            let values = columns.map { batch.columns[$0.column].value(row) { $0.number(row) } ?? .nan }
            let likeliest = values.indices.filter { !values[$0].isNaN }.max { values[$0] < values[$1] }
            let score = (positive ?? likeliest).map { values[$0] }
            return (score, columns.count > 1 ? likeliest.map { columns[$0].name } : nil)
        }
    }
}

extension AnswerReader {
    /// What the answer gave a class; `nil` where it does not give every class a probability.
    package func probability(of name: String, _ batch: RowBatch, row: Int) -> Double? {
        guard case .probabilities(let columns, _) = form, columns.count > 1,
            let place = columns.first(where: { $0.name == name })?.column
        else { return nil }
        return batch.columns[place].value(row) { $0.number(row) }
    }
}

extension Column {
    fileprivate func value<Value>(_ row: Int, _ read: (Column) -> Value?) -> Value? {
        missing.isEmpty || !missing[row] ? read(self) : nil
    }
}

extension String {
    /// `a` of `probabilities[a]`.
    package var bracketed: String {
        guard hasSuffix("]"), let open = firstIndex(of: "[") else { return self }
        return String(self[index(after: open)..<index(before: endIndex)])
    }
}
