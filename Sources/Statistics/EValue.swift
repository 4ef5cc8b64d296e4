import Glibc

/// The evidence against a null hypothesis that may be looked at as often as one likes.
///
/// E is at least 1/α, ever, with a probability of at most α if the hypothesis is true (Ville's inequality), so the least
/// 1/E of all looks is a p-value at any of them. A. Ramdas et al., "Game-theoretic statistics and safe anytime-valid
/// inference", Statistical Science 38, 2023.
package struct EValue: Codable, Equatable, Sendable {
    /// The largest ln E of all looks, at least 0.
    package private(set) var peak = 0.0

    package init() {}

    /// - Parameter logarithm: ln E; infinite where the hypothesis cannot be true.
    package mutating func observe(_ logarithm: Double) {
        precondition(!logarithm.isNaN, "evidence is a number")
        // JSON has no infinity.
        peak = max(peak, min(logarithm, .greatestFiniteMagnitude))
    }

    /// The least 1/E of all looks, in [0, 1].
    package var pValue: Double { exp(-peak) }

    package func rejects(at alpha: Double) -> Bool { peak >= -log(checked(alpha: alpha)) }
}

/// A level of significance, which lies inside (0, 1).
func checked(alpha: Double) -> Double {
    precondition(alpha > 0 && alpha < 1, "a level of significance lies inside (0, 1), not at \(alpha)")
    return alpha
}

/// A finite number.
func checked(_ value: Double, _ what: String) -> Double {
    precondition(value.isFinite, "\(what) is \(value)")
    return value
}
