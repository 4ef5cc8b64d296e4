import Statistics

/// Counts over a reference's cells: of a pane, of a block of the reference, of a thousand sidecars' rows.
///
/// Merging profiles of the same reference, in any order or grouping, gives what one pass over all the rows
/// would have counted, bit for bit.
package struct Profile: Equatable, Sendable {
    package static let formatVersion = 1

    package var version = Profile.formatVersion
    /// The content hash of the reference whose cells were counted in.
    package var reference: String
    package var rows: UInt64 = 0
    package var predictions: UInt64 = 0
    package var labels: UInt64 = 0
    /// One a monitored feature, in the reference's order.
    package var features: [FeatureProfile]

    package init(of reference: Reference) {
        self.init(reference: reference.id, featureCount: reference.features.count)
    }

    init(reference: String, featureCount: Int) {
        self.reference = reference
        features = Array(repeating: FeatureProfile(), count: featureCount)
    }

    /// - Precondition: both count over the same reference's cells.
    package mutating func merge(_ other: Profile) {
        rows += other.rows
        predictions += other.predictions
        labels += other.labels
        features = zip(features, other.features).map { $0.merged(with: $1) }
    }

    /// Whether every count lies in a cell that `reference` has.
    package func fits(_ reference: Reference) -> Bool {
        self.reference == reference.id && features.count == reference.features.count
            && zip(features, reference.features).allSatisfy { $0.fits($1.cells) }
    }
}

extension Profile: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, reference, rows, predictions, labels, features
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        version = try container.decode(Int.self, forKey: .version)
        reference = try container.decode(String.self, forKey: .reference)
        rows = try container.decode(UInt64.self, forKey: .rows)
        predictions = try container.decode(UInt64.self, forKey: .predictions)
        labels = try container.decode(UInt64.self, forKey: .labels)
        features = try container.decode([FeatureProfile].self, forKey: .features)
        guard max(rows, predictions, labels) <= PackedCounts.largestTotal,
            features.allSatisfy(\.isConsistent)
        else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "the counts do not add up"))
        }
    }
}

/// Counts whole rows into a profile.
package struct ProfileTally: Sendable {
    private var profile: Profile
    private var tallies: [FeatureTally]
    private let columns: [MonitoredFeature]
    private let modelVersion: String?

    package init(reference: Reference) {
        self.init(features: reference.features, reference: reference.id, modelVersion: reference.modelVersion)
    }

    init(features: [ReferenceFeature], reference: String = "", modelVersion: String? = nil) {
        profile = Profile(reference: reference, featureCount: features.count)
        tallies = features.map { FeatureTally(cells: $0.cells) }
        columns = features.map(\.feature)
        self.modelVersion = modelVersion
    }

    package init(reference: Reference, resuming profile: Profile) {
        self.init(reference: reference)
        self.profile = profile
        tallies = zip(reference.features, profile.features).map {
            FeatureTally(cells: $0.cells, resuming: $1)
        }
    }

    package var rows: UInt64 { profile.rows }
    package var predictions: UInt64 { profile.predictions }

    package var result: Profile {
        var result = profile
        result.features = tallies.map(\.result)
        return result
    }

    /// Counts some rows of a batch. A batch without a part leaves that part's features alone: it may come
    /// later. Predictions of another version than the reference's are not counted among its predictions.
    package mutating func add(_ batch: borrowing RowBatch, rows: Range<Int>, layout: borrowing ColumnLayout) {
        if batch.parts.contains(.features) { profile.rows += UInt64(rows.count) }
        if batch.parts.contains(.labels) { profile.labels += UInt64(rows.count) }
        let isOwnVersion = modelVersion == nil || batch.modelVersion == modelVersion
        if batch.parts.contains(.predictions), isOwnVersion { profile.predictions += UInt64(rows.count) }
        let present = batch.columns.span
        for index in tallies.indices {
            switch columns[index].family {
            case .data where !batch.parts.contains(.features): continue
            case .prediction where !batch.parts.contains(.predictions) || !isOwnVersion: continue
            default: break
            }
            if let column = layout.column(of: index) {
                tallies[index].add(present[column], rows: rows)
            } else {
                tallies[index].addMissing(rows: rows.count)
            }
        }
    }
}

/// Which column of a batch carries which monitored feature. Worked out anew only when the columns change.
package struct ColumnLayout: Sendable {
    private let features: [MonitoredFeature]
    private var fitted: [(name: String, part: RowBatch.Parts)] = []
    private var columnOfFeature: [Int?]
    /// Columns of features that the reference does not have.
    package private(set) var unknown: [String] = []

    package init(features: [MonitoredFeature]) {
        self.features = features
        columnOfFeature = Array(repeating: nil, count: features.count)
    }

    package func column(of feature: Int) -> Int? { columnOfFeature[feature] }

    package mutating func fit(_ batch: borrowing RowBatch) {
        guard !isFitted(batch) else { return }
        fitted = batch.columns.map { ($0.name, $0.part) }
        let positions = Dictionary(
            batch.columns.indices.map { (Key(batch.columns[$0]), $0) },
            uniquingKeysWith: { first, _ in first })
        columnOfFeature = features.map { positions[Key($0)] }
        let known = Set(features.map(Key.init))
        unknown = batch.columns.filter { $0.part == .features && !known.contains(Key($0)) }.map(\.name)
    }

    private func isFitted(_ batch: borrowing RowBatch) -> Bool {
        guard fitted.count == batch.columns.count, !fitted.isEmpty else { return false }
        for index in fitted.indices
        where fitted[index].part != batch.columns[index].part
            || fitted[index].name != batch.columns[index].name
        {
            return false
        }
        return true
    }

    private struct Key: Hashable {
        let name: String
        let isPrediction: Bool

        init(_ column: Column) { (name, isPrediction) = (column.name, column.part == .predictions) }

        init(_ feature: MonitoredFeature) {
            (name, isPrediction) = (feature.name, feature.family == .prediction)
        }
    }
}
