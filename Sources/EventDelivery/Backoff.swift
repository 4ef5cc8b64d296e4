/// How long to wait after failures: twice as long after each, up to a limit, and never quite as long as others do, so
/// that many senders do not come back at the same moment.
package struct Backoff: Equatable, Sendable {
    package var first: Duration
    package var longest: Duration
    /// However long a receiver asks for, the wait is not longer.
    package var longestAskedFor: Duration

    package init(
        first: Duration = .seconds(1), longest: Duration = .seconds(60),
        longestAskedFor: Duration = .seconds(3600)
    ) {
        precondition(first > .zero && longest >= first, "a wait takes time")
        (self.first, self.longest, self.longestAskedFor) = (first, longest, longestAskedFor)
    }

    /// - Parameters:
    ///   - failures: in a row, at least 1.
    ///   - asked: what the receiver asked for, as HTTP's `Retry-After` does. It is kept to, and not shortened.
    ///   - jitter: in [0, 1]; at 0 the wait is half as long as at 1.
    package func wait(afterFailures failures: Int, asked: Duration? = nil, jitter: Double) -> Duration {
        precondition(failures >= 1, "what did not fail need not wait")
        let full = (1..<failures).prefix(62).reduce(first) { wait, _ in min(wait * 2, longest) }
        return max(full * (0.5 + jitter / 2), min(asked ?? .zero, longestAskedFor))
    }
}
