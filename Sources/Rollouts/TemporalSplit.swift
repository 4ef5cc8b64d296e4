/// Rows of a data set by what a gate may use them for, in time: train | gap | holdout | too new.
///
/// The holdout is the newest block whose labels are all due. Before it lies a gap as long as labels take: of a row in
/// it the truth was not known when the holdout began, and a model that learned from it has seen the future.
package struct TemporalSplit: Equatable, Sendable {
    package struct Plan: Equatable, Sendable {
        /// How long a label may take, in nanoseconds.
        package var labelDelay: Int64
        /// How long the holdout is, in nanoseconds.
        package var holdout: Int64
        /// How long the gap is, in nanoseconds.
        package var gap: Int64
        /// When the split is made: rows younger than `labelDelay` may lack their labels, and those that have one are
        /// not like the others.
        package var now: Int64

        /// - Parameter gap: at least `labelDelay`, which is what it is unless said otherwise.
        /// - Throws: `GateError` where the lengths make no sense.
        package init(labelDelay: Int64, holdout: Int64, gap: Int64? = nil, now: Int64) throws(GateError) {
            guard labelDelay >= 0 else {
                throw .split("labels cannot take \(labelDelay) ns: give a delay of 0 or more")
            }
            guard holdout > 0 else { throw .split("a holdout of \(holdout) ns is empty: give a longer one") }
            guard gap ?? labelDelay >= labelDelay else {
                throw .split(
                    "a gap of \(gap ?? labelDelay) ns is shorter than labels take (\(labelDelay) ns): "
                        + "the training would see labels that were not known yet")
            }
            (self.labelDelay, self.holdout, self.now) = (labelDelay, holdout, now)
            self.gap = gap ?? labelDelay
        }

        /// Rows from here on are too new.
        var holdoutEnd: Int64 { now.saturatingSubtract(labelDelay) }
        var holdoutStart: Int64 { holdoutEnd.saturatingSubtract(holdout) }
        var gapStart: Int64 { holdoutStart.saturatingSubtract(gap) }
    }

    /// Indices of the rows, ascending.
    package private(set) var train: [Int] = []
    /// Between the two, or older with a label that came after the holdout had begun.
    package private(set) var gap: [Int] = []
    package private(set) var holdout: [Int] = []
    /// Their labels may yet come.
    package private(set) var tooNew: [Int] = []
    package let plan: Plan

    /// - Parameters:
    ///   - times: of each row, in nanoseconds; in any order.
    ///   - labelTimes: when each row's label was known; `nil` stands for `labelDelay` after the row.
    /// - Throws: `GateError` where nothing is left to train on or to judge by.
    package init(times: [Int64], labelTimes: [Int64?], _ plan: Plan) throws(GateError) {
        guard times.count == labelTimes.count else {
            throw .count(of: "label times", found: labelTimes.count, expected: times.count)
        }
        self.plan = plan
        for row in times.indices { place(row, times[row], labelTimes[row]) }
        guard !holdout.isEmpty else {
            throw .emptyHoldout(rows: times.count, from: plan.holdoutStart, to: plan.holdoutEnd)
        }
        guard !train.isEmpty else {
            throw .nothingToTrainOn(rows: times.count, before: plan.gapStart)
        }
    }

    private mutating func place(_ row: Int, _ time: Int64, _ labelTime: Int64?) {
        let known = labelTime ?? time.saturatingAdd(plan.labelDelay)
        if time >= plan.holdoutEnd || known > plan.now {
            tooNew.append(row)
        } else if time >= plan.holdoutStart {
            holdout.append(row)
        } else if time >= plan.gapStart || known > plan.holdoutStart {
            gap.append(row)
        } else {
            train.append(row)
        }
    }
}

extension Int64 {
    fileprivate func saturatingAdd(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    fileprivate func saturatingSubtract(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other < 0 ? .max : .min) : difference
    }
}
