package import Drift

/// A file of rows to train a model on, as whoever has it offers it to the registry.
package struct TrainingSetOffer: Codable, Equatable, Sendable {
    /// Of the whole file, in lower-case hexadecimal digits: what the training set will be known by.
    package private(set) var sha256: String
    /// Of the file, in bytes.
    package var size: Int64
    /// What the file's columns mean.
    package var schema: ModelSchema
    /// The column of event times; without one, the column `time` where the file has it.
    package var timeColumn: String?
    /// Labels that came later are not in the file; where this is not said, the newest label's time tells.
    package var labelCutoff: Timestamp?
    /// Where the rows come from, for people: the agent, the content hash of the capture, …
    package var source: [String: String]

    package init(
        sha256: String, size: Int64, schema: ModelSchema, timeColumn: String? = nil,
        labelCutoff: Timestamp? = nil, source: [String: String] = [:]
    ) {
        (self.sha256, self.size, self.schema) = (sha256.lowercased(), size, schema)
        (self.timeColumn, self.labelCutoff, self.source) = (timeColumn, labelCutoff, source)
    }

    private enum CodingKeys: String, CodingKey {
        case sha256, size, schema, source
        case timeColumn = "time_column"
        case labelCutoff = "label_cutoff"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            sha256: try container.decode(String.self, forKey: .sha256),
            size: try container.decode(Int64.self, forKey: .size),
            schema: try container.decode(ModelSchema.self, forKey: .schema),
            timeColumn: try container.decodeIfPresent(String.self, forKey: .timeColumn),
            labelCutoff: try container.decodeIfPresent(Timestamp.self, forKey: .labelCutoff),
            source: try container.decodeIfPresent([String: String].self, forKey: .source) ?? [:])
    }

    /// Whether the same file, read in the same way, is offered.
    package func reads(as other: TrainingSetOffer) -> Bool {
        sha256 == other.sha256 && schema == other.schema && timeColumn == other.timeColumn
    }
}

// MARK: - What others send

/// Why a training set cannot be taken: which field, and what it must be.
package struct TrainingSetOfferError: Error, Equatable, Sendable, CustomStringConvertible {
    package var field: String
    package var reason: String

    package var description: String { "\(field) \(reason)" }
}

extension TrainingSetOffer {
    /// The keys and texts of `source`, in bytes.
    private static let longestSource = 4096

    package func check() throws(TrainingSetOfferError) {
        guard sha256.isSHA256 else {
            throw TrainingSetOfferError(
                field: "sha256", reason: "must be 64 hexadecimal digits, was \"\(sha256.prefix(100))\"")
        }
        guard size > 0 else {
            throw TrainingSetOfferError(field: "size", reason: "must be at least 1 byte, was \(size)")
        }
        guard !schema.features.isEmpty else {
            throw TrainingSetOfferError(field: "schema.features", reason: "must name a feature")
        }
        if let repeated = schema.repeatedFeature {
            throw TrainingSetOfferError(field: "schema.features", reason: "has '\(repeated)' twice")
        }
        guard source.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= Self.longestSource else {
            throw TrainingSetOfferError(
                field: "source", reason: "must have at most \(Self.longestSource) bytes")
        }
    }
}

extension ModelSchema {
    fileprivate var repeatedFeature: String? {
        var seen: Set<String> = []
        return features.map(\.name).first { !seen.insert($0).inserted }
    }
}
