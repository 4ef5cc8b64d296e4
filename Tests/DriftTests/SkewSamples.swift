import Drift

/// Training rows as a test writes them down: the key first, then the cells.
struct WrittenRows: TrainingRows {
    let features: [String]
    private let rows: [[String]]

    init(_ features: [String], _ rows: [[String]]) { (self.features, self.rows) = (features, rows) }

    var rowCount: Int { rows.count }
    var repeatedKeys: Int { rows.count - Set(rows.map { $0[0] }).count }
    var withoutKey: Int { 0 }

    func row(withKey key: [UInt8]) -> Int? { rows.firstIndex { $0[0].utf8.elementsEqual(key) } }
    func key(ofRow row: Int) -> [UInt8] { Array(rows[row][0].utf8) }

    func cell(_ feature: Int, ofRow row: Int) -> TrainingCell {
        let text = rows[row][feature + 1]
        return TrainingCell(text: text, number: text.isEmpty ? .nan : Double(text))
    }
}

extension ServedRow {
    /// A row of the hour, in its own datatype each feature.
    static func row(
        _ id: String, _ features: [(String, Datatype, SkewValue)], index: Int64 = 0, time: Int64 = 0
    ) -> ServedRow {
        ServedRow(
            id: Array(id.utf8), index: index, time: at(time), version: "7",
            features: features.map { Feature(name: $0.0, datatype: $0.1, value: $0.2) })
    }

    static func number(_ id: String, _ value: Double?, _ datatype: Datatype = .fp64) -> ServedRow {
        row(id, [("x", datatype, value.map(SkewValue.init(number:)) ?? .null)])
    }

    static func text(_ id: String, _ value: String?) -> ServedRow {
        row(id, [("x", .bytes, value.map(SkewValue.init(text:)) ?? .null)])
    }
}

extension SkewReport {
    /// What some rows show beside training rows of one feature, `x`, whose keys are 0, 1, 2, …
    static func x(
        _ served: [ServedRow], training: [String], tolerance: SkewTolerance = .standard
    ) -> SkewReport {
        let rows = training.enumerated().map { ["\($0.offset)", $0.element] }
        return of(served, beside: WrittenRows(["x"], rows), tolerance: tolerance)
    }

    static func of(
        _ served: [ServedRow], beside training: WrittenRows, tolerance: SkewTolerance = .standard
    ) -> SkewReport {
        var comparison = SkewComparison(with: training, tolerance: tolerance)
        for row in served { comparison.add(row) }
        return comparison.report(of: "fraud", from: at(0), to: at(hour))
    }

    /// `count` rows of which so many differ.
    static func differing(_ mismatches: Int, of count: Int) -> SkewReport {
        x(
            (0..<count).map { .number("\($0)", $0 < mismatches ? -1 : Double($0)) },
            training: (0..<count).map { "\($0)" })
    }
}
