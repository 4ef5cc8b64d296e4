package import Drift
import Foundation
package import Rollouts
import Tables

/// Cuts the labelled rows of a dataset in time: those to train on, and the holdout, by which the gate judges.
///
/// See `TemporalSplit` for which is which. Both parts have the dataset's own columns, and its order.
package struct DatasetSplit {
    package var dataset: String
    package var schema: TrainingSchema
    package var plan: TemporalSplit.Plan
    /// Rows before this moment are not trained on.
    package var from: Timestamp?
    package var timeColumn = "time"
    /// When each label was known; a dataset need not have it.
    package var labelTimeColumn = "label_time"

    package static let trainingName = "training.csv"
    package static let holdoutName = "holdout.csv"
    /// The holdout without its labels: what models are asked about.
    package static let questionsName = "questions.csv"

    private static let blockSize = 1 << 14

    package init(_ dataset: String, _ schema: TrainingSchema, _ plan: TemporalSplit.Plan) {
        (self.dataset, self.schema, self.plan) = (dataset, schema, plan)
    }

    /// Rows by what became of them, and the event times of the two parts.
    package struct Summary: Codable, Equatable, Sendable {
        package struct Part: Codable, Equatable, Sendable {
            package var rows: Int
            package var from: Timestamp
            package var to: Timestamp
        }

        package var training: Part
        package var holdout: Part
        package var gap: Int
        package var tooNew: Int
        package var tooOld: Int
        package var unlabelled: Int

        package enum CodingKeys: String, CodingKey {
            case training, holdout, gap, unlabelled
            case tooNew = "too_new"
            case tooOld = "too_old"
        }
    }

    /// Writes `training.csv`, `holdout.csv` and `questions.csv` into a folder that is there.
    ///
    /// - Throws: `DataProblem` or `TableError` for rows that cannot be split.
    package func write(to folder: String) throws -> Summary {
        let rows = try readTimes()
        let split = try split(rows)
        let training = split.train.filter { row in from.map { rows.times[row] >= $0.nanoseconds } ?? true }
        guard !training.isEmpty else {
            throw DataProblem("\(dataset): every row to train on is older than \(from?.description ?? "")")
        }
        try write(rows.lines(training), DatasetSplit.trainingName, to: folder)
        try write(rows.lines(split.holdout), DatasetSplit.holdoutName, to: folder)
        try write(rows.lines(split.holdout), DatasetSplit.questionsName, to: folder, without: rows.answers)
        return Summary(
            training: rows.part(training), holdout: rows.part(split.holdout), gap: split.gap.count,
            tooNew: split.tooNew.count, tooOld: split.train.count - training.count,
            unlabelled: rows.unlabelled)
    }

    private func split(_ rows: LabelTimes) throws(DataProblem) -> TemporalSplit {
        do {
            return try TemporalSplit(times: rows.times, labelTimes: rows.labelTimes, plan)
        } catch .emptyHoldout(_, let from, let to) {
            throw DataProblem(
                "\(dataset): no labelled row lies in the holdout, \(Timestamp(nanoseconds: from)) to "
                    + "\(Timestamp(nanoseconds: to)), \(rows.span): choose a longer holdout, or wait for labels"
            )
        } catch .nothingToTrainOn(_, let before) {
            throw DataProblem(
                "\(dataset): no labelled row is older than \(Timestamp(nanoseconds: before)), where the gap before the "
                    + "holdout begins, \(rows.span): choose a shorter holdout, or wait for more rows")
        } catch {
            throw DataProblem("\(dataset): \(error)")
        }
    }

    // MARK: Reading

    private func readTimes() throws -> LabelTimes {
        var file = try TextRows.open(dataset)
        let places = try ColumnPlaces(
            file.header, features: schema.schema.features.map(\.name), path: dataset)
        let label = try places.label(schema.label)
        let time = try places.time(timeColumn)
        let labelTime = places.place(of: labelTimeColumn)
        var rows = LabelTimes(answers: Set([label, labelTime].compactMap(\.self)))
        while let block = try file.next(rows: DatasetSplit.blockSize) {
            for row in 0..<block[0].count {
                rows.line += 1
                guard !isUnlabelled(block[label], row) else {
                    rows.unlabelled += 1
                    continue
                }
                rows.add(
                    try moment(block[time][row], rows.line, timeColumn, isRequired: true)!,
                    known: try labelTime.flatMap {
                        try moment(block[$0][row], rows.line, labelTimeColumn, isRequired: false)
                    })
            }
        }
        guard !rows.times.isEmpty else { throw DataProblem("\(dataset): none of its rows has a label") }
        return rows
    }

    private func moment(
        _ text: String, _ line: Int, _ column: String, isRequired: Bool
    ) throws(DataProblem) -> Timestamp? {
        if text.isEmpty, !isRequired { return nil }
        guard let time = parseTime(text) else {
            throw DataProblem(
                "\(dataset): row \(line): '\(text)' in column '\(column)' is neither RFC 3339 nor a Unix time"
            )
        }
        return time
    }

    // MARK: Writing

    /// - Parameters:
    ///   - lines: of the dataset, from 1, ascending.
    ///   - columns: that are left out, by their places.
    private func write(
        _ lines: [Int], _ name: String, to folder: String, without columns: Set<Int> = []
    ) throws {
        var file = try TextRows.open(dataset)
        let kept = file.header.indices.filter { !columns.contains($0) }
        var writer = try TableWriter.open("\(folder)/\(name)", header: kept.map { file.header[$0] })
        var (next, read) = (0, 0)
        while next < lines.count, let block = try file.next(rows: DatasetSplit.blockSize) {
            let end = read + block[0].count
            while next < lines.count, lines[next] <= end {
                try writer.append(kept.map { block[$0] }, row: lines[next] - read - 1)
                next += 1
            }
            read = end
        }
        try writer.finish()
    }
}

/// When the labelled rows of a dataset were, and when each label was known, in nanoseconds.
private struct LabelTimes {
    /// The columns of labels and of their times, by their places.
    let answers: Set<Int>
    private(set) var times: [Int64] = []
    private(set) var labelTimes: [Int64?] = []
    private var lines: [Int] = []
    var unlabelled = 0
    /// Rows read, labelled or not.
    var line = 0

    init(answers: Set<Int>) { self.answers = answers }

    mutating func add(_ time: Timestamp, known: Timestamp?) {
        times.append(time.nanoseconds)
        labelTimes.append(known?.nanoseconds)
        lines.append(line)
    }

    func lines(_ rows: [Int]) -> [Int] { rows.map { lines[$0] } }

    func part(_ rows: [Int]) -> DatasetSplit.Summary.Part {
        let (first, last) = bounds(rows.map { times[$0] })
        return DatasetSplit.Summary.Part(rows: rows.count, from: first, to: last)
    }

    /// In words.
    var span: String {
        let (first, last) = bounds(times)
        return "and \(times.count) are there, \(first) to \(last)"
    }

    private func bounds(_ times: [Int64]) -> (Timestamp, Timestamp) {
        (Timestamp(nanoseconds: times.min() ?? 0), Timestamp(nanoseconds: times.max() ?? 0))
    }
}
