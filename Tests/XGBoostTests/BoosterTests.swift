import Testing
import XGBoost

/// Rows to learn from: `y` is 1 where `x` is above a half, but for a tenth of them.
private struct Lesson {
    var values: [Float] = []
    var labels: [Float] = []
    let columns = [FeatureColumn("x"), FeatureColumn("noise")]

    init(rows: Int) {
        for row in 0..<rows {
            let x = Float((row * 7919) % 1000) / 1000
            values += [x, row % 5 == 0 ? .nan : Float((row * 104_729) % 997)]
            labels.append((x > 0.5) != (row % 10 == 3) ? 1 : 0)
        }
    }

    func matrix() throws -> TrainingMatrix {
        try TrainingMatrix(values, columns: columns, labels: labels, threads: 1)
    }
}

private let parameters = [
    (name: "objective", value: "binary:logistic"), ("eval_metric", "auc"), ("eval_metric", "logloss"),
    ("tree_method", "hist"), ("max_depth", "3"), ("nthread", "2"), ("seed", "11"), ("subsample", "0.5"),
]

private func trained(_ lesson: Lesson, rounds: Int) throws -> Booster {
    let matrix = try lesson.matrix()
    let booster = try Booster.untrained(
        columns: lesson.columns, parameters: parameters, matrices: [matrix])
    for round in 0..<rounds { try booster.update(round: round, from: matrix) }
    return booster
}

@Suite struct BoosterTests {
    @Test(arguments: ["1.7.6", "2.1.4"])
    func `predictions of a model saved by Python are Python's`(release: String) throws {
        let golden = try Golden.load(release)
        for test in golden.cases {
            let booster = try Booster.load(SavedModel(Golden.bytes(test.model)), threads: 1)
            let found = try booster.predict(golden.values, columns: golden.columns.count)
            #expect(found.count == test.predictions.count)
            let worst = zip(found, test.predictions).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1e-6, "\(test.model)")
            #expect(try booster.columns().map(\.name) == golden.columns)
        }
    }

    @Test func `a model is the same after saving and loading, in either format`() throws {
        let lesson = Lesson(rows: 500)
        let booster = try trained(lesson, rounds: 5)
        let before = try booster.predict(lesson.values, columns: 2)
        for format in [SavedModel.Format.json, .ubj] {
            let model = try SavedModel(try booster.saved(as: format))
            #expect(model.format == format)
            let loaded = try Booster.load(model, threads: 1)
            #expect(try loaded.predict(lesson.values, columns: 2) == before)
            #expect(try loaded.columns() == lesson.columns)
        }
    }

    @Test func `the first rounds of a model are the model of those rounds`() throws {
        let lesson = Lesson(rows: 500)
        let kept = try trained(lesson, rounds: 9).keeping(rounds: 4)
        #expect(try kept.rounds() == 4)
        #expect(try kept.columns() == lesson.columns)
        let short = try trained(lesson, rounds: 4)
        #expect(try kept.predict(lesson.values, columns: 2) == short.predict(lesson.values, columns: 2))
    }

    @Test func `one seed makes one model, another seed another`() throws {
        let lesson = Lesson(rows: 500)
        let first = try trained(lesson, rounds: 5).saved(as: .ubj)
        #expect(try trained(lesson, rounds: 5).saved(as: .ubj) == first)
        let matrix = try lesson.matrix()
        let other = try Booster.untrained(
            columns: lesson.columns, parameters: parameters + [("seed", "12")], matrices: [matrix])
        for round in 0..<5 { try other.update(round: round, from: matrix) }
        #expect(try other.saved(as: .ubj) != first)
    }

    @Test func `measures come by set and metric in the order they were asked for`() throws {
        let lesson = Lesson(rows: 500)
        let (matrix, other) = (try lesson.matrix(), try Lesson(rows: 100).matrix())
        let booster = try Booster.untrained(
            columns: lesson.columns, parameters: parameters, matrices: [matrix, other])
        try booster.update(round: 0, from: matrix)
        let measures = try booster.evaluate(round: 0, on: [("train", matrix), ("late-rows", other)])
        #expect(measures.map(\.set) == ["train", "train", "late-rows", "late-rows"])
        #expect(measures.map(\.metric) == ["auc", "logloss", "auc", "logloss"])
        #expect(measures.allSatisfy { (0.3...0.95).contains($0.value) })
    }

    @Test func `XGBoost's own words say what it will not do`() throws {
        let matrix = try Lesson(rows: 10).matrix()
        let booster = try Booster.untrained(
            columns: [FeatureColumn("x"), FeatureColumn("noise")],
            parameters: [(name: "objective", value: "binary:fuzzy")], matrices: [matrix])
        let error = #expect(throws: XGBoostError.self) { try booster.update(round: 0, from: matrix) }
        #expect(error?.message.contains("binary:fuzzy") ?? false)
        #expect(error?.message.contains("Stack trace") == false)
    }

    @Test func `rows of another width are refused`() throws {
        let booster = try trained(Lesson(rows: 100), rounds: 1)
        #expect(throws: XGBoostError.self) { try booster.predict([1, 2, 3], columns: 3) }
    }

    @Test func `no rows have no predictions`() throws {
        #expect(try trained(Lesson(rows: 100), rounds: 1).predict([], columns: 2) == [])
    }

    @Test func `what XGBoost would print is kept for the thread that called it`() throws {
        let matrix = try Lesson(rows: 10).matrix()
        _ = XGBoostLog.take()
        let booster = try Booster.untrained(
            columns: [FeatureColumn("x"), FeatureColumn("noise")],
            parameters: [(name: "max_dept", value: "3"), ("validate_parameters", "true")], matrices: [matrix])
        try booster.update(round: 0, from: matrix)
        #expect(XGBoostLog.take().contains { $0.contains("max_dept") })
        #expect(XGBoostLog.take().isEmpty)
    }
}
