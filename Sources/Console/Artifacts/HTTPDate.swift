import FoundationEssentials

/// A time as HTTP headers have it: `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    /// - Parameter time: milliseconds since 1970.
    static func text(_ time: Int64) -> String {
        let seconds = Date(timeIntervalSince1970: Double(time / 1000))
        let parts = calendar.dateComponents(
            [.year, .month, .day, .weekday, .hour, .minute, .second], from: seconds)
        let (day, month) = (days[(parts.weekday ?? 1) - 1], months[(parts.month ?? 1) - 1])
        let clock = [parts.hour, parts.minute, parts.second].map(twoDigits).joined(separator: ":")
        return "\(day), \(twoDigits(parts.day)) \(month) \(parts.year ?? 1970) \(clock) GMT"
    }

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private static func twoDigits(_ number: Int?) -> String {
        let number = number ?? 0
        return number < 10 ? "0\(number)" : "\(number)"
    }
}
