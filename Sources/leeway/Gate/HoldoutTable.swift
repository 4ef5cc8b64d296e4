import Drift
import Rollouts
import Tables

/// The rows that models are judged by: what is true of each, and which of them belong together.
struct HoldoutTable {
    struct Columns {
        var time: String
        /// `nil` for the schema's own.
        var label: String?
        var id: String
        /// `nil` for days of UTC.
        var cluster: String?
        var slices: [String]
    }

    let task: GateTask
    /// Of a classifier of many classes, numbers of `classes`.
    private(set) var labels: [Double] = []
    private(set) var clusterKeys: [Int] = []
    /// Where clusters are days.
    private(set) var times: [Timestamp] = []
    private(set) var slices: [GateSlice] = []
    private let path: String
    private let threshold: Double
    /// The rows of the file, from 0, whose truth is known.
    private var kept: [Int] = []
    private let rowCount: Int
    private let ids: TextColumn?
    private var classes = ClassNumbers()

    init(_ path: String, schema: ModelSchema, columns: Columns) throws {
        guard let scoring = AnswerScoring(schema), let task = GateTask(rawValue: scoring.task.rawValue) else {
            throw CommandFailure(
                message: "leeway: the schema says no task: add \"task\": \"binary\" or another")
        }
        (self.path, self.task) = (path, task)
        threshold = schema.prediction?.threshold ?? 0.5
        let file = try TextTableFile(path)
        rowCount = file.rows
        ids = file.column(columns.id)
        let labels = try file.column(columns.label, or: schema.label?.tensor, or: "label")
        for row in 0..<rowCount {
            guard let truth = scoring.label(labels[row]) else {
                try checkIsMissing(labels, row, scoring)
                continue
            }
            kept.append(row)
            self.labels.append(number(truth, scoring))
        }
        guard !kept.isEmpty else {
            throw CommandFailure(
                message: "leeway: \(path): none of its \(rowCount) rows has a label: \(scoring.labelRule)")
        }
        clusterKeys = try clusterKeys(file, columns)
        slices = try columns.slices.flatMap { name in
            let column = try file.required(name)
            return GateSlice.slices(by: name, kept.map { column[$0] })
        }
    }

    /// A label that is none of the task's would leave its row out, and nobody would know.
    private func checkIsMissing(_ labels: TextColumn, _ row: Int, _ scoring: AnswerScoring) throws {
        let isMissing = parseNumber(labels.bytes.span.extracting(labels.range(row)))?.isNaN ?? false
        guard !isMissing else { return }
        throw CommandFailure(
            message:
                "leeway: \(path): row \(row + 1): the label '\(labels[row])' is none: \(scoring.labelRule)")
    }

    private mutating func number(_ truth: Truth, _ scoring: AnswerScoring) -> Double {
        switch task {
        case .binary: scoring.isPositive(truth) ? 1 : 0
        case .regression: truth.number ?? .nan
        case .multiclass: classes.number(of: truth.description)
        }
    }

    private mutating func clusterKeys(_ file: TextTableFile, _ columns: Columns) throws -> [Int] {
        let column = try file.required(columns.cluster ?? columns.time)
        guard columns.cluster == nil else {
            let names = kept.map { column[$0] }
            let places = Dictionary(uniqueKeysWithValues: Set(names).sorted().enumerated().map { ($1, $0) })
            return names.map { places[$0] ?? 0 }
        }
        times = try kept.map { row in
            guard let time = parseTime(column[row]) else {
                throw TableError.notATime(path: path, row: row + 1, column: columns.time, text: column[row])
            }
            return time
        }
        return times.map { GateRows.day(ofNanoseconds: $0.nanoseconds) }
    }
}

// MARK: - What a model says of them

extension HoldoutTable {
    /// Reads `id,score[,class]`, a line a row of the holdout, in its order.
    ///
    /// - Parameter threshold: `nil` for the schema's.
    func scores(_ path: String, threshold: Double?) throws -> ModelScores {
        let file = try TextTableFile(path)
        try check(file, path)
        let values = try task == .multiclass ? decisions(file, path) : numbers(file, path)
        return ModelScores(values, threshold: threshold ?? self.threshold)
    }

    private func check(_ file: TextTableFile, _ path: String) throws {
        guard file.rows == rowCount else {
            throw CommandFailure(
                message:
                    "leeway: \(path): has \(file.rows) rows, the holdout \(rowCount): score all of its rows")
        }
        guard let ids, let own = file.column("id") else { return }
        if let row = (0..<rowCount).first(where: { ids[$0] != own[$0] }) {
            throw CommandFailure(
                message:
                    "leeway: \(path): row \(row + 1) is of '\(own[row])' where the holdout has '\(ids[row])': "
                    + "score the rows in its order")
        }
    }

    private func numbers(_ file: TextTableFile, _ path: String) throws -> [Double] {
        let column = try file.required("score")
        return try kept.map { row in
            guard let score = parseNumber(column.bytes.span.extracting(column.range(row))), score.isFinite
            else {
                throw CommandFailure(
                    message: "leeway: \(path): row \(row + 1): the score '\(column[row])' is no finite number"
                )
            }
            return score
        }
    }

    /// A class that no row has is a number of its own.
    private func decisions(_ file: TextTableFile, _ path: String) throws -> [Double] {
        let column = try file.required("class")
        var classes = classes
        return kept.map { classes.number(of: column[$0]) }
    }
}

/// Classes as numbers, in the order in which they first come.
private struct ClassNumbers {
    private var numbers: [String: Double] = [:]

    mutating func number(of name: String) -> Double {
        if let number = numbers[name] { return number }
        numbers[name] = Double(numbers.count)
        return Double(numbers.count - 1)
    }
}

extension AnswerScoring {
    /// A cell of a file as the truth; `nil` where it is none.
    fileprivate func label(_ cell: String) -> Truth? {
        if cell.isEmpty { return nil }
        let number = Double(cell).flatMap { value in
            value.isFinite ? Int64(exactly: value).map(Truth.integer) ?? .real(value) : nil
        }
        return truth(number ?? .category(cell))
    }
}
