/// How features that were served differ from those of the same rows in training.
package struct SkewReport: Codable, Equatable, Sendable {
    package enum Verdict: String, Codable, Sendable {
        case ok
        /// A feature differs in more rows than the policy allows.
        case skewed
        /// Too few rows were found on both sides: figures stand, no alert changes.
        case insufficient
    }

    /// What one side has and the other has not.
    package struct OneSided: Codable, Equatable, Sendable {
        package var keys: UInt64
        /// The first of the keys.
        package var examples: [String]
        package var features: [String]

        static let shown = 3

        package init(keys: UInt64 = 0, examples: [String] = [], features: [String] = []) {
            (self.keys, self.examples, self.features) = (keys, examples, features)
        }

        mutating func add(_ key: String) {
            keys += 1
            if examples.count < OneSided.shown { examples.append(key) }
        }
    }

    package var model: String
    /// The model versions that were fed the rows.
    package var versions: [String]
    /// When the rows were served, and how many they are.
    package var window: WindowSummary
    package var verdict: Verdict
    /// What numbers may differ by, in shares of the larger magnitude.
    package var tolerance: Double
    package var trainingRows: UInt64
    /// Served rows that training has.
    package var joinedRows: UInt64
    /// Training rows that were passed over, since an earlier one has their key.
    package var repeatedKeys: UInt64
    /// Training rows that were passed over, since they have no key.
    package var withoutKey: UInt64
    package var servedOnly: OneSided
    package var trainingOnly: OneSided
    /// Those that both sides have, the one with the largest share of mismatches first.
    package var features: [FeatureSkew]

    package enum CodingKeys: String, CodingKey {
        case model, versions, window, verdict, tolerance, features
        case trainingRows = "training_rows"
        case joinedRows = "joined_rows"
        case repeatedKeys = "repeated_keys"
        case withoutKey = "without_key"
        case servedOnly = "served_only"
        case trainingOnly = "training_only"
    }

    init(
        model: String, versions: [String], window: WindowSummary, tolerance: Double, trainingRows: UInt64,
        joinedRows: UInt64, repeatedKeys: UInt64, withoutKey: UInt64, servedOnly: OneSided,
        trainingOnly: OneSided, features: [FeatureSkew]
    ) {
        (self.model, self.versions, self.window, verdict) = (model, versions, window, .insufficient)
        (self.tolerance, self.trainingRows, self.joinedRows) = (tolerance, trainingRows, joinedRows)
        (self.repeatedKeys, self.withoutKey) = (repeatedKeys, withoutKey)
        (self.servedOnly, self.trainingOnly) = (servedOnly, trainingOnly)
        self.features = features.sorted { $1.rank < $0.rank || ($1.rank == $0.rank && $0.name < $1.name) }
    }
}

/// One feature of the joined rows.
package struct FeatureSkew: Codable, Equatable, Sendable {
    /// Between the values of training and those that were served, over the joined rows.
    package struct Distance: Codable, Equatable, Sendable {
        /// `ks` of numbers, `tv` of texts; both in [0, 1].
        package var measure: String
        package var value: Double

        package init(measure: String, value: Double) { (self.measure, self.value) = (measure, value) }
    }

    /// One row in which the sides differ: that with the largest difference, or the first where none is of numbers.
    package struct Example: Codable, Equatable, Sendable {
        package var key: String
        /// As they are written; `nil` is no value.
        package var served: String?
        package var training: String?

        package init(key: String, served: String?, training: String?) {
            (self.key, self.served, self.training) = (key, served, training)
        }
    }

    package var name: String
    /// What was served: `numeric` or `categorical`.
    package var kind: Feature.Kind
    /// What training has, where that is another kind in every row.
    package var trainingKind: Feature.Kind?
    package var rows: UInt64
    package var mismatches: UInt64
    /// Of the rows, in [0, 1].
    package var mismatchShare: Double
    /// Mismatches that are no value on one side alone.
    package var servedNulls: UInt64
    package var trainingNulls: UInt64
    /// In the feature's own unit, of mismatches that are numbers on both sides.
    package var largestDifference: Double?
    package var distance: Distance?
    package var example: Example?
    /// Set where the share of mismatches is one that alarms.
    package var severity: DriftEvent.Severity?

    package enum CodingKeys: String, CodingKey {
        case name, kind, rows, mismatches, distance, example, severity
        case trainingKind = "training_kind"
        case mismatchShare = "mismatch_share"
        case servedNulls = "served_nulls"
        case trainingNulls = "training_nulls"
        case largestDifference = "largest_difference"
    }

    fileprivate var rank: (share: Double, distance: Double) { (mismatchShare, distance?.value ?? 0) }
}

extension SkewReport {
    /// Why nothing could be compared, in a sentence; `nil` when something was.
    package var obstacle: String? {
        guard window.rows > 0 else { return "no row was captured with its features in this span" }
        guard joinedRows > 0 else {
            return "none of \(window.rows) served rows has its key among \(trainingRows) training rows: "
                + "served keys are like \(quoted(servedOnly.examples)), training keys like "
                + quoted(trainingOnly.examples)
        }
        guard features.isEmpty else { return nil }
        return "no feature is on both sides: served are \(quoted(servedOnly.features)), training has "
            + quoted(trainingOnly.features)
    }

    private func quoted(_ names: [String]) -> String {
        names.isEmpty
            ? "none" : names.prefix(OneSided.shown).map { "'\($0)'" }.joined(separator: ", ")
    }
}
