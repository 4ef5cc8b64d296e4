import Drift
import Foundation
import Statistics

/// What the tests of this target build their rows and references of.

let second: Int64 = 1_000_000_000
let minute = 60 * second
let hour = 60 * minute
let day = 24 * hour

/// A moment of 2013, or any other, as it is written.
func at(_ text: String) -> Timestamp { Timestamp(rfc3339: text)! }

/// Nanoseconds after the epoch.
func at(_ nanoseconds: Int64) -> Timestamp { Timestamp(nanoseconds: nanoseconds) }

extension Column {
    /// Numbers, `nil` where one is missing.
    static func numbers(_ name: String, _ values: [Double?], part: RowBatch.Parts = .features) -> Column {
        var column = Column(name: name, part: part, datatype: .fp64, values: .real(values.map { $0 ?? 7e77 }))
        if values.contains(nil) { column.missing = values.map { $0 == nil } }
        return column
    }

    /// Texts, `nil` where one is missing.
    static func texts(_ name: String, _ values: [String?], part: RowBatch.Parts = .features) -> Column {
        var texts = TextColumn()
        for value in values { texts.append(value ?? "what a missing cell holds") }
        var column = Column(name: name, part: part, datatype: .bytes, values: .text(texts))
        if values.contains(nil) { column.missing = values.map { $0 == nil } }
        return column
    }

    static func integers(
        _ name: String, _ values: [Int64], _ datatype: Datatype = .int64, part: RowBatch.Parts = .features
    ) -> Column {
        Column(name: name, part: part, datatype: datatype, values: .integer(values))
    }
}

extension RowBatch {
    init(
        _ columns: Column..., times: [Timestamp?] = [], ids: [String] = [], version: String? = nil
    ) {
        self.init()
        self.columns = columns
        self.times = times
        for column in columns { parts.formUnion(column.part) }
        count = columns.map(\.values.count).max() ?? 0
        for id in ids { self.ids.append(id) }
        modelVersion = version
    }

    /// One numeric feature `x`.
    static func x(_ values: [Double?], times: [Timestamp?] = [], version: String? = nil) -> RowBatch {
        RowBatch(.numbers("x", values), times: times, version: version)
    }

    /// One categorical feature `c`.
    static func c(_ values: [String?], times: [Timestamp?] = []) -> RowBatch {
        RowBatch(.texts("c", values), times: times)
    }
}

extension ColumnValues {
    var count: Int {
        switch self {
        case .real(let values): values.count
        case .integer(let values): values.count
        case .text(let texts): texts.count
        }
    }
}

extension Reference {
    static func of(
        _ batches: RowBatch..., schema: ModelSchema? = nil, modelVersion: String? = nil,
        blocks: WindowLength? = nil, offset: Int64 = 0, knots: Int? = 4095, categories: Int = 1000
    ) throws -> Reference {
        var options = ReferenceBuilder.Options()
        (options.knotBudget, options.maximumCategories) = (knots, categories)
        (options.blockLength, options.blockOffsetNanoseconds) = (blocks, offset)
        options.modelVersion = modelVersion
        var builder = ReferenceBuilder(schema: schema, options: options)
        for batch in batches { builder.add(batch) }
        return try builder.build()
    }

    /// What counting `batches` over this reference's cells gives.
    func count(_ batches: RowBatch...) -> Profile { count(batches) }

    func count(_ batches: [RowBatch]) -> Profile {
        var tally = ProfileTally(reference: self)
        var layout = ColumnLayout(features: features.map(\.feature))
        for batch in batches {
            layout.fit(batch)
            tally.add(batch, rows: 0..<batch.count, layout: layout)
        }
        return tally.result
    }

    func samples(_ batches: RowBatch...) -> [FeatureSample] { samples(count(batches)) }

    func samples(_ profile: Profile) -> [FeatureSample] {
        zip(profile.features, cells).map { FeatureSample($0, cells: $1) }
    }

    /// Every measure of every feature of `batches` against this reference.
    func reports(_ batches: RowBatch...) -> [FeatureReport] {
        zip(comparisons, samples(count(batches))).map { $0.report($1) }
    }
}

extension SplitMix64 {
    init(_ seed: UInt64) { self.init(state: seed) }

    /// Uniform in [0, 1).
    mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// About normal: a sum of twelve uniform numbers.
    mutating func normal(_ mean: Double = 0, _ deviation: Double = 1) -> Double {
        mean + deviation * ((0..<12).reduce(0.0) { sum, _ in sum + unit() } - 6)
    }

    mutating func normals(_ count: Int, _ mean: Double = 0, _ deviation: Double = 1) -> [Double] {
        (0..<count).map { _ in normal(mean, deviation) }
    }

    mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }
}

/// Equal to 9 decimals, relatively above 1.
func isClose(_ a: Double?, _ b: Double?, within tolerance: Double = 1e-9) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a == b || abs(a - b) <= tolerance * max(1, abs(b))
}

extension PackedCounts {
    init(cells: [some UnsignedInteger & FixedWidthInteger]) { self.init(cells: cells.span) }
}
