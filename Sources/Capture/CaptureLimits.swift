import Drift

/// How much of a model's stream is kept, and for how long.
package struct CaptureLimits: Equatable, Sendable {
    package enum Sample: Equatable, Sendable {
        /// Everything, until `maxBytes` or `maxRows` is reached; then half of the rows, half of those, and so on.
        case automatic
        /// A share of the rows, in (0, 1]. When a bound is reached the oldest rows go.
        case share(Double)
    }

    package var sample = Sample.automatic
    /// Of the store's used pages. The file is no larger; the write-ahead log beside it comes on top.
    package var maxBytes: Int64 = 2 << 30
    package var maxRows: Int64?
    /// Since a row's first part arrived, in nanoseconds.
    package var maxAge: Int64 = 30 * Timestamp.day
    /// How long a label may take, in nanoseconds.
    package var labelHorizon: Int64 = 7 * Timestamp.day
    /// The share of a window's rows that are labelled when it counts as mature before the horizon, in (0, 1].
    package var maturity = 0.9

    package init() {}
}
