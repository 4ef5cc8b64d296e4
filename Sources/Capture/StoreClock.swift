import Drift

/// Time as a store counts it: with the wall clock, but never back, and never by a leap.
///
/// Ages and horizons are measured on it. A wall clock that is set back stands still here until it has caught up;
/// one that is set forward loses nothing to retention. Time in which nothing was running counts in full, since
/// it cannot be told from a leap: a clock that is wrong when an agent starts is believed.
struct StoreClock: Equatable, Codable, Sendable {
    /// Nanoseconds, since 1970 as far as the wall clock has been right.
    private(set) var now: Int64
    private var wall: Int64

    /// A store in use hears of the time every few seconds; what is longer is a leap.
    static let longestStep: Int64 = 3_600_000_000_000

    init(_ wall: Timestamp) { (now, self.wall) = (wall.nanoseconds, wall.nanoseconds) }

    /// The wall clock moved while the store was open.
    mutating func advance(to wall: Timestamp) {
        let (step, overflow) = wall.nanoseconds.subtractingReportingOverflow(self.wall)
        if !overflow, step > 0, step <= StoreClock.longestStep { move(by: step) }
        self.wall = wall.nanoseconds
    }

    /// The store is opened again.
    mutating func resume(at wall: Timestamp) {
        let (step, overflow) = wall.nanoseconds.subtractingReportingOverflow(self.wall)
        if !overflow, step > 0 { move(by: step) }
        self.wall = wall.nanoseconds
    }

    private mutating func move(by step: Int64) {
        now = Timestamp(nanoseconds: now).advanced(by: step).nanoseconds
    }
}
