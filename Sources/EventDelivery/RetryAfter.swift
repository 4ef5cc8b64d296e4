import Foundation

/// HTTP's `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in the form of `Sun, 06 Nov 1994 08:49:37 GMT`.
enum RetryAfter {
    /// How long to wait from now; `nil` for what cannot be read, zero for a date that has passed.
    static func parse(_ text: String, now: Date) -> Duration? {
        let text = text.trimmingCharacters(in: .whitespaces)
        if let seconds = Int64(text) { return seconds < 0 ? nil : .seconds(min(seconds, Int64(Int32.max))) }
        guard let date = date(text) else { return nil }
        return .milliseconds(Int64(max(0, date.timeIntervalSince(now)) * 1000))
    }

    private static func date(_ text: String) -> Date? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: text)
    }
}
