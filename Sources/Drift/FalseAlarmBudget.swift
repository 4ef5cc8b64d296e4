/// How many false alarms a model may raise: the setting a user thinks in.
package enum FalseAlarmBudget: Equatable, Sendable {
    case perPeriod(count: Double, period: Period)
    case perWindows(count: Double, windows: Int)

    package enum Period: String, CaseIterable, Sendable {
        case day, week, month, quarter, year

        package var nanoseconds: Double {
            let day = 86_400e9
            return switch self {
            case .day: day
            case .week: 7 * day
            case .month: 30 * day
            case .quarter: 91 * day
            case .year: 365 * day
            }
        }
    }

    /// No window's level is higher: a coin toss is no test.
    package static let largestLevel = 0.5

    /// The level at which each window is judged, so that the expected number of false alarms stays in budget:
    /// budget ÷ windows judged in its period, by linearity, whatever the dependence between windows.
    ///
    /// - Parameter interval: the time from one window to the next in nanoseconds; `nil` when windows are rows
    ///   and the reference does not say how fast rows come, and then a budget in time has no level.
    package func level(interval: Double?) -> Double? {
        switch self {
        case .perWindows(let count, let windows): return min(count / Double(windows), Self.largestLevel)
        case .perPeriod(let count, let period):
            guard let interval, interval > 0 else { return nil }
            return min(count * interval / period.nanoseconds, Self.largestLevel)
        }
    }

    /// The blocks that a reference needs before any window can alarm at `level`.
    package static func blocksNeeded(level: Double) -> Int { Int((1 / level - 1e-9).rounded(.up)) - 1 }
}

extension FalseAlarmBudget: CustomStringConvertible {
    /// Reads "1 per week", "0.5 per month", "3 per 1000 windows".
    package init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count >= 3, words[1] == "per", let count = Double(words[0]), count > 0, count.isFinite
        else { return nil }
        if words.count == 3, let period = Period(rawValue: String(words[2])) {
            self = .perPeriod(count: count, period: period)
        } else if words.count == 4, words[3] == "windows", let windows = Int(words[2]), windows > 0 {
            self = .perWindows(count: count, windows: windows)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .perPeriod(let count, let period): "\(categoryName(count)) per \(period.rawValue)"
        case .perWindows(let count, let windows): "\(categoryName(count)) per \(windows) windows"
        }
    }
}
