/// How a stream is cut into panes, and panes into windows.
///
/// A pane is one step of the window. Tumbling windows are one pane, sliding ones several: each pane is
/// counted once and shared by all the windows it belongs to.
package struct WindowPlan: Equatable, Sendable {
    package enum Clock: String, CaseIterable, Sendable {
        /// Rows ahead of the wall clock by more than `maximumFuture` are refused.
        case arrival
        /// Time is what the rows say: for replays and back-fills.
        case event
    }

    package var length: WindowLength
    package var step: WindowLength
    /// Where windows of time begin, after the epoch: 5 h lets days begin at 05:00 UTC.
    package var offsetNanoseconds: Int64
    /// How long rows may come out of order: the watermark follows the largest event time at this distance.
    package var latenessNanoseconds: Int64
    /// Open windows close after so long without rows, by the wall clock; `nil` for never.
    package var idleNanoseconds: Int64?
    package var maximumFutureNanoseconds: Int64
    package var clock: Clock

    /// - Precondition: `length` is a multiple of `step`, both of one kind and positive.
    package init(
        length: WindowLength, step: WindowLength? = nil, offsetNanoseconds: Int64 = 0,
        latenessNanoseconds: Int64 = 0,
        idleNanoseconds: Int64? = nil, maximumFutureNanoseconds: Int64 = 3_600_000_000_000,
        clock: Clock = .arrival
    ) {
        self.length = length
        self.step = step ?? length
        self.offsetNanoseconds = offsetNanoseconds
        (self.latenessNanoseconds, self.idleNanoseconds) = (latenessNanoseconds, idleNanoseconds)
        (self.maximumFutureNanoseconds, self.clock) = (maximumFutureNanoseconds, clock)
        precondition(panesPerWindow != nil, "a window is a whole number of steps")
    }

    /// `nil` when the step does not divide the length.
    private var panesPerWindow: Int? {
        switch (length, step) {
        case (.nanoseconds(let length), .nanoseconds(let step)) where step > 0 && length % step == 0:
            Int(length / step)
        case (.rows(let length), .rows(let step)) where step > 0 && length % step == 0: length / step
        default: nil
        }
    }

    /// The pane of time that holds `time`.
    func pane(of time: Timestamp, step: Int64) -> Int64 {
        time.advanced(by: -offsetNanoseconds).nanoseconds.flooredDivision(by: step).quotient
    }

    /// Where a pane of time begins; at the ends of time's range, there.
    func start(ofPane index: Int64, step: Int64) -> Timestamp {
        let (start, overflow) = index.multipliedReportingOverflow(by: step)
        return Timestamp(nanoseconds: overflow ? (index < 0 ? .min : .max) : start)
            .advanced(by: offsetNanoseconds)
    }

    package var paneCount: Int { panesPerWindow ?? 1 }
}

extension WindowPlan: CustomStringConvertible {
    /// How panes are cut: `1d by 1h at 5h`.
    package var description: String {
        "\(length) by \(step) at \(WindowLength.nanoseconds(offsetNanoseconds))"
    }
}
