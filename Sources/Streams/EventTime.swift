import Drift

/// The times that a message or a row states.
enum EventTime {
    /// RFC 3339, or a Unix time whose unit its magnitude tells.
    static func read(_ value: JSONValue) throws(Rejection) -> Timestamp {
        let time: Timestamp? =
            switch value.content {
            case .text(let text): Timestamp(rfc3339: text.string)
            case .integer(let number): Timestamp(unix: number)
            case .real(let number): Timestamp(unix: number)
            case .null, .bool, .unsigned, .array, .object: nil
            }
        if let time { return time }
        let found = value.text.map { Rejection.quote($0) } ?? value.noun
        throw Rejection(.badTime, "the time \(found) is neither RFC 3339 nor a Unix time")
    }

    /// One time for all rows, or an array with one (or null) a row.
    static func read(_ value: JSONValue, into times: inout [Timestamp?], rows: Int) throws(Rejection) {
        guard value.isArray else { return times.append(try read(value)) }
        guard value.elementCount == rows else {
            throw Rejection(.badTime, "there are \(value.elementCount) times for \(rows) rows")
        }
        for element in value.elements { times.append(element.isNull ? nil : try read(element)) }
    }
}
