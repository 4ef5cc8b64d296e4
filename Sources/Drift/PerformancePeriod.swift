/// The stretches of event time over which a model's performance is measured.
package enum PerformancePeriod: Equatable, Sendable {
    /// Stretches of one length in nanoseconds, from `offset` after the epoch on.
    case length(Int64, offset: Int64)
    /// Calendar months in UTC, `offset` nanoseconds late: 5 h for months of New York's winter.
    case month(offset: Int64)

    /// The stretch that holds a moment; it ends where the next one begins.
    package func bounds(around time: Timestamp) -> (start: Timestamp, end: Timestamp) {
        switch self {
        case .length(let length, let offset):
            let passed = time.advanced(by: -offset).nanoseconds.flooredDivision(by: length).remainder
            let start = time.advanced(by: -passed)
            return (start, start.advanced(by: length))
        case .month(let offset):
            let month = time.advanced(by: -offset).month
            return (month.start.advanced(by: offset), month.end.advanced(by: offset))
        }
    }

    /// At most.
    package var longest: Int64 {
        switch self {
        case .length(let length, _): length
        case .month: 31 * Timestamp.day
        }
    }
}
