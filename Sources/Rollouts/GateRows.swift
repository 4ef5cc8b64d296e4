package import Statistics

/// What kind of answers are judged.
package enum GateTask: String, Codable, Equatable, Sendable {
    /// Labels are 0 and 1, scores higher for a 1.
    case binary
    case regression
    /// Labels and scores are numbers of classes: what was decided.
    case multiclass

    package var metrics: [PerformanceMetric] {
        switch self {
        case .binary: [.logLoss, .brier, .auc, .calibrationError, .accuracy, .precision, .recall, .f1]
        case .regression: [.rmse, .mae]
        case .multiclass: [.accuracy, .macroF1]
        }
    }
}

/// One model's scores of the holdout.
package struct ModelScores: Equatable, Sendable {
    package var values: [Double]
    /// A binary model takes a score from here on for a 1.
    package var threshold: Double

    package init(_ values: [Double], threshold: Double = 0.5) {
        (self.values, self.threshold) = (values, threshold)
    }

    /// What they come to: classes, of regressions the scores themselves.
    func decisions(_ task: GateTask) -> [Double] {
        task == .binary ? values.map { $0 >= threshold ? 1 : 0 } : values
    }
}

/// The holdout: what came, and what each model says of the same rows today.
package struct GateRows: Equatable, Sendable {
    package let task: GateTask
    package let labels: [Double]
    /// `nil` for the first model of a name.
    package let champion: ModelScores?
    package let candidate: ModelScores
    /// A number a row; rows of one number are not independent of one another.
    package let clusterKeys: [Int]

    static let mostClasses = 1000

    /// - Parameter clusterKeys: of a day, `day(ofNanoseconds:)`; else a number of the unit.
    /// - Throws: `GateError` for rows that cannot be compared.
    package init(
        _ task: GateTask, labels: [Double], champion: ModelScores? = nil, candidate: ModelScores,
        clusterKeys: [Int]
    ) throws(GateError) {
        (self.task, self.labels, self.champion, self.candidate) = (task, labels, champion, candidate)
        self.clusterKeys = clusterKeys
        guard !labels.isEmpty else { throw .noRows }
        try check("labels", labels)
        try check("the candidate's scores", candidate.values)
        if let champion { try check("the champion's scores", champion.values) }
        try checkCount("cluster keys", clusterKeys.count)
        try checkLabels()
    }

    /// The cluster of rows that share a day of UTC.
    package static func day(ofNanoseconds time: Int64) -> Int {
        let (day, rest) = time.quotientAndRemainder(dividingBy: 86_400_000_000_000)
        return Int(rest < 0 ? day - 1 : day)
    }

    package var count: Int { labels.count }

    private func check(_ what: String, _ values: [Double]) throws(GateError) {
        try checkCount(what, values.count)
        if let row = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what, row: row) }
    }

    private func checkCount(_ what: String, _ found: Int) throws(GateError) {
        guard found == labels.count else { throw .count(of: what, found: found, expected: labels.count) }
    }

    private func checkLabels() throws(GateError) {
        switch task {
        case .regression: return
        case .multiclass:
            guard classes.count <= GateRows.mostClasses else { throw .tooManyClasses(classes.count) }
        case .binary:
            if let row = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
                throw .label(labels[row], row: row)
            }
            guard labels.contains(1 - labels[0]) else {
                throw .oneClass(label: Int(labels[0]), rows: labels.count)
            }
        }
    }

    /// Every class that was true or decided, ascending.
    var classes: [Double] { Set(labels + candidate.values + (champion?.values ?? [])).sorted() }

    /// These rows alone.
    ///
    /// - Returns: `nil` where they cannot be judged: none, or one class.
    func subset(_ rows: [Int]) -> GateRows? {
        func pick(_ scores: ModelScores) -> ModelScores {
            ModelScores(rows.map { scores.values[$0] }, threshold: scores.threshold)
        }
        return try? GateRows(
            task, labels: rows.map { labels[$0] }, champion: champion.map(pick), candidate: pick(candidate),
            clusterKeys: rows.map { clusterKeys[$0] })
    }
}

/// A part of the holdout, such as an airport or a country; parts may overlap.
package struct GateSlice: Equatable, Sendable {
    package var name: String
    /// Indices into the holdout.
    package var rows: [Int]

    package init(_ name: String, rows: [Int]) { (self.name, self.rows) = (name, rows) }

    /// One slice a value, by the value: `origin=JFK`.
    package static func slices(by column: String, _ values: [String]) -> [GateSlice] {
        let groups = Dictionary(grouping: values.indices) { values[$0] }
        return groups.sorted { $0.key < $1.key }.map { GateSlice("\(column)=\($0.key)", rows: $0.value) }
    }
}
