import ArgumentParser
import Drift

/// Reads a time as it is typed: RFC 3339, a date alone, or Unix seconds to nanoseconds.
@Sendable func moment(_ text: String) throws -> Timestamp {
    let number = Int64(text).flatMap { Timestamp(unix: $0) } ?? Double(text).flatMap { Timestamp(unix: $0) }
    guard let time = number ?? Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
        throw ValidationError("'\(text)' is not a time such as 2013-01-31T12:00:00Z, nor a Unix time")
    }
    return time
}
