import Drift
import Glibc

extension Timestamp {
    /// The wall clock.
    static var now: Timestamp { Timestamp(nanoseconds: readClock(CLOCK_REALTIME)) }
}

/// Nanoseconds that only ever grow, for intervals.
func monotonicNanoseconds() -> Int64 { readClock(CLOCK_MONOTONIC) }

private func readClock(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
