/// A moment of event time: nanoseconds since 1970-01-01T00:00:00Z, ±292 years around it.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Moves by nanoseconds; saturates at the ends of the range, so that a hostile time cannot overflow.
    package func advanced(by nanoseconds: Int64) -> Timestamp {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return Timestamp(nanoseconds: overflow ? (nanoseconds < 0 ? .min : .max) : sum)
    }
}

// MARK: - Unix numbers

extension Timestamp {
    /// Milliseconds since 1970; beyond the range, its end.
    package init(milliseconds: Int64) {
        let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(nanoseconds: overflow ? (milliseconds < 0 ? .min : .max) : nanoseconds)
    }

    /// Reads a Unix time whose unit its magnitude gives away: seconds below 10¹¹ (the year 5138),
    /// milliseconds below 10¹⁴, microseconds below 10¹⁷, else nanoseconds. `nil` when it is not finite
    /// or out of range.
    package init?(unix number: Double) {
        guard number.magnitude < 0x1p63 else { return nil }
        let unit = Timestamp.nanosecondsPerUnit(magnitude: number.magnitude)
        let whole = number.rounded(.down)
        let (scaled, overflow) = Int64(whole).multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self = Timestamp(nanoseconds: scaled)
            .advanced(by: Int64(((number - whole) * Double(unit)).rounded()))
    }

    /// As `init(unix:)` for a double, without its rounding.
    package init?(unix number: Int64) {
        let unit = Timestamp.nanosecondsPerUnit(magnitude: Double(number.magnitude))
        let (scaled, overflow) = number.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        self.init(nanoseconds: scaled)
    }

    private static func nanosecondsPerUnit(magnitude: Double) -> Int64 {
        switch magnitude {
        case ..<1e11: 1_000_000_000
        case ..<1e14: 1_000_000
        case ..<1e17: 1000
        default: 1
        }
    }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible {
    /// Reads RFC 3339, `2013-01-01T10:15:00.25Z` or with an offset `+05:30`; a space may stand for the `T`,
    /// and a time without an offset is taken as UTC. `nil` for anything else.
    package init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(digits: 4), scanner.skip("-"),
            let month = scanner.number(digits: 2), (1...12).contains(month), scanner.skip("-"),
            let day = scanner.number(digits: 2), (1...daysIn(month: month, of: year)).contains(day),
            scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.number(digits: 2), hour < 24, scanner.skip(":"),
            let minute = scanner.number(digits: 2), minute < 60, scanner.skip(":"),
            let second = scanner.number(digits: 2), second <= 60,
            let fraction = scanner.skip(".") ? scanner.nanoseconds() : 0,
            let offset = scanner.offsetSeconds(), scanner.isAtEnd
        else { return nil }
        let seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        guard let nanoseconds = Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(fraction)) else {
            return nil
        }
        self.init(nanoseconds: nanoseconds)
    }

    /// RFC 3339 in UTC, with as many decimals of the second (0, 3, 6 or 9) as the time has.
    package var description: String {
        let (seconds, fraction) = nanoseconds.flooredDivision(by: 1_000_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        let (year, month, day) = civilDate(daysSinceEpoch: Int(days))
        let clock = [secondOfDay / 3600, secondOfDay / 60 % 60, secondOfDay % 60].map { padded($0, 2) }
        return "\(padded(Int64(year), 4))-\(padded(Int64(month), 2))-\(padded(Int64(day), 2))T"
            + clock.joined(separator: ":") + decimals(fraction) + "Z"
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(text)' is not an RFC 3339 time"))
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private struct DigitScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: some StringProtocol) { rest = Array(text.utf8)[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func digit() -> Int? {
        guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
        rest.removeFirst()
        return Int(byte) - 0x30
    }

    mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// One or more decimals of a second; those past the ninth are cut off.
    mutating func nanoseconds() -> Int? {
        guard var value = digit() else { return nil }
        var count = 1
        while let digit = digit() {
            if count < 9 { (value, count) = (value * 10 + digit, count + 1) }
        }
        while count < 9 { (value, count) = (value * 10, count + 1) }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if isAtEnd || skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

// MARK: - The proleptic Gregorian calendar

// Days and dates: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), whose years begin in March.

extension Timestamp {
    /// The first moment of the calendar month in UTC, and of the next.
    package var month: (start: Timestamp, end: Timestamp) {
        let days = nanoseconds.flooredDivision(by: Timestamp.day).quotient
        let (year, month, _) = civilDate(daysSinceEpoch: Int(days))
        let start = Timestamp(day: daysSinceEpoch(year, month, 1))
        return (start, start.advanced(by: Int64(daysIn(month: month, of: year)) * Timestamp.day))
    }

    /// The length of a day in UTC, in nanoseconds.
    package static let day: Int64 = 86_400_000_000_000

    /// At the ends of time's range, there.
    private init(day: Int) {
        let (nanoseconds, overflow) = Int64(day).multipliedReportingOverflow(by: Timestamp.day)
        self.init(nanoseconds: overflow ? (day < 0 ? .min : .max) : nanoseconds)
    }
}

private func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let marchYear = month <= 2 ? year - 1 : year
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
}

private func civilDate(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth + (marchMonth < 10 ? 3 : -9)
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
}

private func daysIn(month: Int, of year: Int) -> Int {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    return month == 2 && isLeap ? 29 : [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

private func decimals(_ nanoseconds: Int64) -> String {
    switch nanoseconds {
    case 0: ""
    case let n where n % 1_000_000 == 0: "." + padded(n / 1_000_000, 3)
    case let n where n % 1000 == 0: "." + padded(n / 1000, 6)
    default: "." + padded(nanoseconds, 9)
    }
}

extension Int64 {
    /// Quotient and remainder of the division that rounds down: the remainder is never negative.
    package func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
