package import Drift

/// Has a model trained again when a period has passed, whatever its alerts say.
package struct RetrainSchedule: Equatable, Sendable {
    package var model: String
    private let period: Int64
    private let offset: Int64

    /// - Parameters:
    ///   - period: in nanoseconds, above 0; periods are counted from 1970 in UTC, so that days begin at midnight and
    ///     weeks with Thursday.
    ///   - offset: in nanoseconds, how much later they begin.
    package init(model: String, period: Int64, offset: Int64 = 0) {
        precondition(period > 0, "a period passes")
        (self.model, self.period, self.offset) = (model, period, offset)
    }

    /// The request for the newest period that has passed: the same until the next has. Of several periods missed it is for
    /// one.
    package func request(at now: Timestamp) -> RetrainRequest {
        let passed = now.advanced(by: -offset).nanoseconds.flooredDivision(by: period).remainder
        let end = now.advanced(by: -passed)
        return RetrainRequest(
            model: model, cause: RetrainCause(trigger: .schedule, reason: "it was time: \(end)"),
            window: RetrainRequest.Window(start: end.advanced(by: -period), end: end))
    }
}
