import Drift
import Foundation
import Glibc
import Tables
import XGBoost

/// Scores the rows of a file, a block at a time, and writes `id,score[,class]`, a line a row in the file's order.
///
/// The score is the probability of the positive class, or of the likeliest one, or the quantity.
package struct RowScorer {
    private static let blockSize = 1 << 14

    /// What was scored.
    package struct Summary: Codable, Equatable, Sendable {
        package var rows: Int
        package var seconds: [String: Double]
    }

    private let model: StoredModel
    private let threads: Int

    package init(_ model: StoredModel, threads: Int) { (self.model, self.threads) = (model, threads) }

    /// - Parameters:
    ///   - idColumn: where a file has no such column, rows are named by their number, from 1.
    /// - Returns: how many rows were scored, and the seconds it took to read, encode, predict and write them.
    package func score(_ path: String, to output: String, idColumn: String = "id") throws -> Summary {
        var rows = try TextRows.open(path)
        let places = try ColumnPlaces(rows.header, features: model.encoder.features.map(\.name), path: path)
        let id = places.place(of: idColumn)
        let partial = "\(output).partial-\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? FileManager.default.removeItem(atPath: partial) }
        var sheet = try ScoreSheet(path: partial, model.decision)
        var block = try BlockScorer(model, threads: threads, path: path)
        var watch = Stopwatch()
        while let texts = try rows.next(rows: RowScorer.blockSize) {
            watch.lap("reading")
            try block.encode(places.features.map { texts[$0] })
            watch.lap("encoding")
            let scores = try block.predict()
            watch.lap("predicting")
            try sheet.append(scores, ids: id.map { texts[$0] })
            watch.lap("writing")
        }
        try sheet.finish()
        guard unsafe rename(partial, output) == 0 else {
            throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: output])
        }
        return Summary(rows: sheet.rows, seconds: watch.seconds)
    }
}

/// Scores one block after the other.
private struct BlockScorer: ~Copyable {
    private let booster: Booster
    private let width: Int
    private let path: String
    private var cells: CellEncoder
    private var values: [Float] = []
    private var rows = 0

    init(_ model: StoredModel, threads: Int, path: String) throws(XGBoostError) {
        booster = try model.booster(threads: threads)
        cells = CellEncoder(model.encoder)
        (width, self.path) = (model.encoder.features.count, path)
    }

    mutating func encode(_ columns: [TextColumn]) throws {
        values.removeAll(keepingCapacity: true)
        let count = columns[0].count
        try cells.append(columns, lines: rows + 1..<rows + count + 1, to: &values, path: path)
        rows += count
    }

    borrowing func predict() throws -> [Float] {
        try booster.predict(values, columns: width)
    }
}

/// The CSV file of the scores.
private struct ScoreSheet {
    private let file: FileHandle
    private let decision: Decision
    private var buffer: [UInt8] = []
    private(set) var rows = 0

    init(path: String, _ decision: Decision) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path]) }
        (self.file, self.decision) = (file, decision)
        buffer.append(contentsOf: decision.classes.isEmpty ? "id,score\n".utf8 : "id,score,class\n".utf8)
    }

    mutating func append(_ outputs: [Float], ids: TextColumn?) throws {
        for row in 0..<outputs.count / decision.outputs {
            rows += 1
            buffer.append(csvField: ids.map { $0.bytes[$0.range(row)] } ?? ArraySlice(String(rows).utf8))
            let answer = decision.answer(outputs[row * decision.outputs..<(row + 1) * decision.outputs])
            buffer.append(UInt8(ascii: ","))
            buffer.append(contentsOf: String(answer.score).utf8)
            if let name = answer.class {
                buffer.append(UInt8(ascii: ","))
                buffer.append(csvField: ArraySlice(name.utf8))
            }
            buffer.append(UInt8(ascii: "\n"))
        }
        try file.write(contentsOf: Data(buffer))
        buffer.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws {
        try file.write(contentsOf: Data(buffer))
        try file.synchronize()
        try file.close()
    }
}

extension Decision {
    /// What a row's numbers say: see `RowScorer`.
    func answer(_ outputs: ArraySlice<Float>) -> (score: Float, class: String?) {
        let first = outputs.startIndex
        switch task {
        case .regression: return (outputs[first], nil)
        case .binary:
            return (outputs[first], classes[Double(outputs[first]) >= (threshold ?? 0.5) ? 1 : 0])
        case .multiclass:
            let likeliest = outputs.indices.max { outputs[$0] < outputs[$1] } ?? first
            return (outputs[likeliest], classes[likeliest - first])
        }
    }
}
