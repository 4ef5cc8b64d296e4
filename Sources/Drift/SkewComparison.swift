/// Holds rows that were served against the same rows of training, one by one as they come.
///
/// Of served rows it keeps counts, and the values of those that were joined; so its size is bounded by that of the
/// training rows, whatever is streamed through it.
package struct SkewComparison: Sendable {
    private let training: any TrainingRows
    private let tolerance: SkewTolerance
    private let columns: [String: Int]
    private var tallies: [SkewTally]
    /// Columns that were served, in any row.
    private var isServed: [Bool]
    /// Training rows that were.
    private var isJoined: [Bool]
    private var servedRows: UInt64 = 0
    private var joinedRows: UInt64 = 0
    private var servedOnly = SkewReport.OneSided()
    private var unknownFeatures: Set<String> = []
    private var versions: Set<String> = []
    private var span: ClosedRange<Timestamp>?

    package init(with training: any TrainingRows, tolerance: SkewTolerance = .standard) {
        (self.training, self.tolerance) = (training, tolerance)
        let names = training.features
        columns = Dictionary(zip(names, names.indices)) { first, _ in first }
        tallies = names.map(SkewTally.init)
        isServed = Array(repeating: false, count: names.count)
        isJoined = Array(repeating: false, count: training.rowCount)
    }

    package mutating func add(_ row: ServedRow) {
        note(row)
        let features = placed(row.features)
        guard let place = training.row(of: row) else {
            servedOnly.add(row.key)
            return
        }
        joinedRows += 1
        isJoined[place] = true
        for column in tallies.indices {
            tallies[column].add(
                features[column], of: row, beside: training.cell(column, ofRow: place), tolerance)
        }
    }

    private mutating func note(_ row: ServedRow) {
        servedRows += 1
        if let version = row.version { versions.insert(version) }
        span = min(span?.lowerBound ?? row.time, row.time)...max(span?.upperBound ?? row.time, row.time)
    }

    /// A row's features by the columns of training.
    private mutating func placed(_ features: [ServedRow.Feature]) -> [ServedRow.Feature?] {
        var placed = [ServedRow.Feature?](repeating: nil, count: tallies.count)
        for feature in features {
            guard let column = columns[feature.name] else {
                unknownFeatures.insert(feature.name)
                continue
            }
            placed[column] = feature
            isServed[column] = true
        }
        return placed
    }
}

extension SkewComparison {
    /// What has been found so far, yet to be judged (`SkewPolicy.judge`).
    ///
    /// - Parameters:
    ///   - start: of the window; by default the time of the first row.
    ///   - end: by default the time of the last row.
    package func report(of model: String, from start: Timestamp? = nil, to end: Timestamp? = nil)
        -> SkewReport
    {
        var servedOnly = servedOnly
        servedOnly.features = unknownFeatures.sorted()
        let epoch = Timestamp(nanoseconds: 0)
        return SkewReport(
            model: model, versions: versions.sorted(),
            window: WindowSummary(
                start: start ?? span?.lowerBound ?? end ?? epoch,
                end: end ?? span?.upperBound ?? start ?? epoch, rows: servedRows),
            tolerance: tolerance.relative, trainingRows: UInt64(training.rowCount), joinedRows: joinedRows,
            repeatedKeys: UInt64(training.repeatedKeys), withoutKey: UInt64(training.withoutKey),
            servedOnly: servedOnly, trainingOnly: trainingOnly,
            features: tallies.indices.filter { isServed[$0] }.map { tallies[$0].skew })
    }

    private var trainingOnly: SkewReport.OneSided {
        var found = SkewReport.OneSided()
        found.features = tallies.indices.filter { !isServed[$0] }.map { tallies[$0].name }
        let joined = isJoined.count { $0 }
        found.keys = UInt64(training.rowCount - training.repeatedKeys - training.withoutKey - joined)
        let unjoined = isJoined.indices.lazy.filter { row in
            !isJoined[row] && training.row(withKey: training.key(ofRow: row)) == row
        }
        found.examples = unjoined.prefix(SkewReport.OneSided.shown)
            .map { String(decoding: training.key(ofRow: $0), as: UTF8.self) }
        return found
    }
}
