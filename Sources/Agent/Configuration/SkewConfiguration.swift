import ConfigurationFile
package import Drift

/// What captured rows are held against, to see whether features are computed in service as they are for training.
package struct SkewConfiguration: Equatable, Sendable {
    /// The path of an extract of the feature store, a CSV file, gzipped or not. It may be written anew at any time.
    package var extract: String
    /// The column that holds requests' ids.
    package var key: String
    package var tolerance: SkewTolerance
    /// The share of rows in which a feature may differ.
    package var mismatch: EffectSizes.Limits
}

extension SkewConfiguration {
    /// Reads the `[stream.skew]` of a stream, if it has one; `nil` too when that lacks its extract.
    static func read(from stream: ConfigurationTable) -> SkewConfiguration? {
        stream.ignore("skew")
        return stream.has("skew") ? stream.table("skew", SkewConfiguration.init) : nil
    }

    private init?(_ table: ConfigurationTable) {
        let extract = table.required("extract", table.path)
        key = table.nonEmptyText("key") ?? "id"
        tolerance =
            table.number("tolerance", "at least 0 and below 1") { $0 >= 0 && $0 < 1 }
            .map(SkewTolerance.init) ?? .standard
        mismatch = table.table("mismatch") {
            EffectSizes.Limits($0, default: SkewPolicy.standardLimits)
        }
        if mismatch.critical > 1 { table.report("mismatch", "is a share of rows, at most 1") }
        guard let extract else { return nil }
        self.extract = extract
    }
}

extension SkewConfiguration {
    /// When its mismatches alarm.
    package var policy: SkewPolicy { SkewPolicy(limits: mismatch) }
}
