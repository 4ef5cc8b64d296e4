import Drift

/// Which rows are kept: those whose hash is not above a bound.
///
/// A row is a request id and the row's index in the request. Its hash depends on nothing else, so that inputs,
/// answer and label of a row are kept or left out together, by every agent and in every release; and the rows of
/// a smaller sample are among those of a larger one, wherever the two were drawn.
package struct CaptureSample: Hashable, Codable, Sendable {
    /// The largest hash that is kept.
    package private(set) var bound: UInt64

    package static let everything = CaptureSample(bound: .max)

    private init(bound: UInt64) { self.bound = bound }

    /// - Parameter rate: the share of rows to keep, in (0, 1].
    package init(rate: Double) {
        precondition(rate > 0 && rate <= 1, "a sample is a share of the rows in (0, 1]")
        bound = rate == 1 ? .max : UInt64(rate * 0x1p64) - (rate * 0x1p64 >= 1 ? 1 : 0)
    }

    package var rate: Double { (Double(bound) + 1) / 0x1p64 }

    /// Half of these rows.
    package var halved: CaptureSample { CaptureSample(bound: bound / 2) }
    /// Twice as many rows, these among them.
    package var doubled: CaptureSample { CaptureSample(bound: bound > .max / 2 ? .max : bound * 2 + 1) }

    package func contains(_ hash: UInt64) -> Bool { hash <= bound }

    /// The hash of a row: output `index`, from 0, of SplitMix64 seeded with the FNV-1a hash of the id's bytes.
    ///
    /// FNV-1a alone leaves the high bits of ids that differ in their last byte alike. G. L. Steele, D. Lea,
    /// C. H. Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
    package static func hash(id: UInt64, index: Int) -> UInt64 {
        var z = id &+ 0x9E37_79B9_7F4A_7C15 &* (UInt64(truncatingIfNeeded: index) &+ 1)
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// The hash of a row whose id is given as text.
    package static func hash(id: String, index: Int) -> UInt64 {
        hash(id: stableHash(Array(id.utf8).span), index: index)
    }
}
