package import Statistics

/// What a model's inputs and answers looked like when all was well: the cells to count in, the counts of the
/// reference's own rows, and those of its blocks, against which windows are judged.
package struct Reference: Equatable, Sendable {
    /// `sha256:` and the hash of the rest of the file: the same content is the same reference.
    package var id: String
    /// The version whose predictions these are; `nil` when it is not known.
    package var modelVersion: String?
    package var schema: ModelSchema
    package var features: [ReferenceFeature]
    /// Counts of all rows.
    package var profile: Profile
    /// Empty when the rows had no time and no block length in rows was given.
    package var blocks: ReferenceBlocks?
    /// How well the model did when all was well; `nil` where no truth was at hand.
    package var performance: ReferencePerformance?

    package var cells: [FeatureCells] { features.map(\.cells) }

    package init(
        id: String, modelVersion: String?, schema: ModelSchema, features: [ReferenceFeature],
        blocks: ReferenceBlocks?
    ) {
        (self.id, self.modelVersion, self.schema) = (id, modelVersion, schema)
        (self.features, self.blocks) = (features, blocks)
        profile = Profile(reference: id, featureCount: features.count)
    }
}

/// A feature or an output that is watched.
package struct MonitoredFeature: Equatable, Hashable, Sendable {
    package var name: String
    package var kind: Feature.Kind
    package var family: FeatureReport.Family

    package init(name: String, kind: Feature.Kind, family: FeatureReport.Family) {
        (self.name, self.kind, self.family) = (name, kind, family)
    }
}

extension ModelSchema {
    /// The inputs, then what the model answers: a score or value as a number, a class as a category,
    /// probabilities as one number a class.
    package var monitored: [MonitoredFeature] {
        features.map { MonitoredFeature(name: $0.name, kind: $0.kind, family: .data) } + outputs
    }

    private var outputs: [MonitoredFeature] {
        guard let prediction else { return [] }
        let names: [String] =
            prediction.kind == .probabilities
            ? (prediction.classes ?? []).map { "\(prediction.tensor)[\($0)]" } : [prediction.tensor]
        let kind: Feature.Kind = prediction.kind == .class ? .categorical : .numeric
        return names.map { MonitoredFeature(name: $0, kind: kind, family: .prediction) }
    }
}

/// One feature of a reference: its cells, and its bins, frozen with it.
package struct ReferenceFeature: Equatable, Sendable {
    package let feature: MonitoredFeature
    package let cells: FeatureCells
    package let bins: QuantileBins?

    /// - Parameter counts: the reference's own counts over `cells`.
    package init(feature: MonitoredFeature, cells: FeatureCells, counts: CellCounts) {
        (self.feature, self.cells) = (feature, cells)
        if case .numeric = cells { bins = QuantileBins(reference: counts) } else { bins = nil }
    }
}

/// The reference cut into stretches as long as a window.
package struct ReferenceBlocks: Equatable, Sendable {
    package struct Block: Codable, Equatable, Sendable {
        package var start: Timestamp
        package var end: Timestamp
        package var profile: Profile

        package init(start: Timestamp, end: Timestamp, profile: Profile) {
            (self.start, self.end, self.profile) = (start, end, profile)
        }
    }

    package var length: WindowLength
    /// Where blocks of time begin, after the epoch.
    package var offsetNanoseconds: Int64
    package var blocks: [Block]

    package init(length: WindowLength, offsetNanoseconds: Int64, blocks: [Block]) {
        (self.length, self.offsetNanoseconds, self.blocks) = (length, offsetNanoseconds, blocks)
    }
}

/// How long a window, a pane or a block is.
package enum WindowLength: Hashable, Sendable {
    case nanoseconds(Int64)
    case rows(Int)
}
